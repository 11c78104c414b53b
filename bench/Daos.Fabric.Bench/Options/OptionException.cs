namespace Daos.Fabric.Bench.Options;

/// <summary>A job file or command line that cannot be used; the message says where, what and what is allowed. Exit code 2.</summary>
internal sealed class OptionException(string message) : Exception(message);
