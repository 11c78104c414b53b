namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>The command line or the file is wrong; the message is one sentence. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
