namespace Daos.Fabric.Bench.Engines;

/// <summary>Connections of an engine in another process, all of its threads together; -1 where nobody was asked.</summary>
/// <param name="Count">Connections now.</param>
/// <param name="Bytes">Native memory that they hold for receiving and sending.</param>
/// <param name="BytesMax">The most that they can hold.</param>
internal readonly record struct EngineConnections(long Count, long Bytes, long BytesMax)
{
    internal static EngineConnections Unknown => new(-1, -1, -1);
}
