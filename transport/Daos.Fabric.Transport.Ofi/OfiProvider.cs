using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi;

/// <summary>
/// libfabric: <c>ofi+tcp;ofi_rxm://host:port</c>, <c>ofi+shm://name</c>, <c>ofi+verbs;ofi_rxm://host:port</c>, <c>ofi+cxi://host:port</c>
/// (WIRE.md; README.md says which of these have run). The library is loaded at the first use; without it listening and connecting give
/// DER_NOSYS and <see cref="IsAvailable"/> says why. Any thread.
/// </summary>
public sealed class OfiProvider : TransportProvider
{
    private static readonly string[] s_schemes = ["ofi+tcp;ofi_rxm", "ofi+shm", "ofi+verbs;ofi_rxm", "ofi+cxi"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Schemes => s_schemes;

    /// <summary>How peers are watched.</summary>
    public OfiOptions Options { get; init; } = new();

    /// <summary>True when libfabric can be used here; else a sentence that says why not.</summary>
    public static bool IsAvailable(out string reason) => LibFabric.TryGet(out reason) is not null;

    /// <summary>True for an address of this provider.</summary>
    public static bool IsScheme(string scheme) => Array.IndexOf(s_schemes, scheme) >= 0;

    /// <summary>True for an address of this provider that is well-formed.</summary>
    public static bool IsAddress(TransportUri uri) => OfiAddress.TryParse(uri) is not null;

    /// <inheritdoc/>
    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler) =>
        new OfiContext(loop, options, Options, handler);
}
