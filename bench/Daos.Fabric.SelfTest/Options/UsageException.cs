namespace Daos.Fabric.SelfTest.Options;

/// <summary>The call could not be understood; the message is one sentence that says why.</summary>
internal sealed class UsageException(string message) : Exception(message);
