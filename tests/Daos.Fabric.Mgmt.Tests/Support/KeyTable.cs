using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>The manual's table of keys, made from the code.</summary>
internal static class KeyTable
{
    internal const string Head = "| key | takes | default | effect | what |";

    internal static IEnumerable<string> Rows() => ConfigSchema.All.Select(static k =>
        $"| `{k.Path}` | {k.Allowed} | {(k.Default.Length == 0 ? "" : $"`{k.Default}`")} | {(k.RenamedTo is null ? k.Effect.ToString().ToLowerInvariant() : "renamed")} | {k.Meaning} |");
}
