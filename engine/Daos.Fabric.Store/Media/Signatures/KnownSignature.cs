namespace Daos.Fabric.Store.Media.Signatures;

/// <summary>How something that a file or device may hold is known. Immutable.</summary>
/// <param name="What">Its name in a sentence: "X holds ...".</param>
/// <param name="OffsetBytes">Where its magic number lies; counted back from the end when negative.</param>
/// <param name="Magic">The magic number as it lies there.</param>
/// <param name="StepBytes">Distance of further places.</param>
/// <param name="Places">How many places there are.</param>
internal sealed record KnownSignature(string What, long OffsetBytes, byte[] Magic, int StepBytes = 0, int Places = 1);
