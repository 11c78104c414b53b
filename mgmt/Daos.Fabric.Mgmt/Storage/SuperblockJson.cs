using System.Text.Json.Serialization;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Generated reading and writing.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Superblock))]
internal sealed partial class SuperblockJson : JsonSerializerContext;
