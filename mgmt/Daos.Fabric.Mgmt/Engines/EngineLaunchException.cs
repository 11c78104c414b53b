namespace Daos.Fabric.Mgmt.Engines;

/// <summary>An engine's process could not be started; the message is one sentence.</summary>
internal sealed class EngineLaunchException(string sentence) : Exception(sentence);
