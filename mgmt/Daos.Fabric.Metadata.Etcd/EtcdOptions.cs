using System.Text;

namespace Daos.Fabric.Metadata.Etcd;

/// <summary>Which etcd, and as whom. Immutable.</summary>
public sealed record EtcdOptions
{
    /// <summary>Members of one cluster: http or https, with host and port.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Every key of this store begins with it in etcd; another prefix is another store. ASCII, "/" at its end.</summary>
    public string Prefix { get; init; } = "/daos/daos_server/";

    /// <summary>Name for password authentication; null for none.</summary>
    public string? User { get; init; }

    /// <summary>Its password; with <see cref="User"/> only.</summary>
    public string? Password { get; init; }

    /// <summary>PEM file of the authority that signed the members' certificates; null for those that the system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of our certificate, when the members ask for one; certificates between it and the authority behind it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key, which others may not read.</summary>
    public string? KeyFile { get; init; }

    /// <summary>A member that does not answer for so long is given up for another, in milliseconds.</summary>
    public int RequestTimeoutMs { get; init; } = 3_000;

    /// <summary>The same for making a connection, in milliseconds.</summary>
    public int ConnectTimeoutMs { get; init; } = 2_000;

    /// <summary>Calls whose outcome is unknown are repeated for so long, in milliseconds.</summary>
    public int DeadlineMs { get; init; } = 15_000;

    /// <summary>Transactions under way at once.</summary>
    public int TransactionsMax { get; init; } = 16;

    /// <summary>Told what an operator should know: which member fails, and why, once until it answers again. Any thread; returns at once.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Time-outs and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Members and prefix; never the password.</summary>
    public override string ToString() => $"etcd at {string.Join(", ", Endpoints)}, prefix {Prefix}, user {User ?? "none"}";

    /// <summary>Tests only: stands between the store and the members.</summary>
    internal Func<HttpMessageHandler, HttpMessageHandler> Wrap { get; init; } = handler => handler;

    internal byte[] PrefixBytes => Encoding.ASCII.GetBytes(Prefix);

    /// <summary>Throws <see cref="ArgumentException"/> with a sentence that names the option.</summary>
    public EtcdOptions Validate()
    {
        Check(Endpoints.Count is > 0 and <= 16, $"Endpoints has {Endpoints.Count} members; give 1 to 16");
        foreach (Uri endpoint in Endpoints)
        {
            Check(
                endpoint.IsAbsoluteUri && endpoint.Scheme is "http" or "https" && endpoint.AbsolutePath == "/" && endpoint.UserInfo.Length == 0,
                $"Endpoints has '{endpoint}'; write http://host:port or https://host:port");
        }

        Check(Endpoints.Select(e => e.Scheme).Distinct().Count() == 1, "Endpoints mixes http and https; one cluster has one of them");
        bool isTls = Endpoints[0].Scheme == "https";
        Check(isTls || (CaFile is null && CertificateFile is null), "CaFile and CertificateFile need endpoints with https");
        Check(CertificateFile is null == KeyFile is null, "CertificateFile and KeyFile belong together; give both or none");
        Check(User is null == Password is null, "User and Password belong together; give both or none");
        Check(
            Prefix.Length is > 1 and <= 256 && Prefix[^1] == '/' && Prefix.All(c => c is > ' ' and < (char)0x7F),
            $"Prefix is '{Prefix}'; it must be 2 to 256 printable ASCII characters and end with '/'");
        Check(RequestTimeoutMs is >= 100 and <= 60_000, $"RequestTimeoutMs is {RequestTimeoutMs}; it must be 100 to 60000");
        Check(ConnectTimeoutMs is >= 100 and <= 60_000, $"ConnectTimeoutMs is {ConnectTimeoutMs}; it must be 100 to 60000");
        Check(DeadlineMs >= RequestTimeoutMs && DeadlineMs <= 600_000, $"DeadlineMs is {DeadlineMs}; it must be RequestTimeoutMs to 600000");
        Check(TransactionsMax is > 0 and <= 1024, $"TransactionsMax is {TransactionsMax}; it must be 1 to 1024");
        return this;
    }

    private static void Check(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new ArgumentException(sentence);
        }
    }
}
