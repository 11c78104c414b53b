namespace Daos.Fabric.TestKit.Runs;

/// <summary>A unit of a seeded run failed; the message has the seed and the command that replays it.</summary>
public sealed class SeededRunException(string message, Exception inner) : Exception(message, inner);
