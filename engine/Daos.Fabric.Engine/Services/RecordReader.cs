namespace Daos.Fabric.Engine.Services;

/// <summary>Takes one record of a table; the bytes are borrowed until it returns.</summary>
internal delegate void RecordReader(Guid key, ReadOnlySpan<byte> bytes);
