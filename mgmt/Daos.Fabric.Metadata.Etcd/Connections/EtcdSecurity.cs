using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>
/// TLS against one authority, with our certificate when there is one. What is wrong with a file is said when the store is opened, not when a
/// member refuses it.
/// </summary>
internal static class EtcdSecurity
{
    private const UnixFileMode NotForKeys = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Throws <see cref="DaosException"/> with the file and the reason: DER_NO_CERT for one that cannot be read or holds nothing of use,
    /// DER_BAD_CERT for a certificate that is not valid now, a key that belongs to another one, or one that others may read.
    /// </summary>
    internal static SslClientAuthenticationOptions Of(EtcdOptions options)
    {
        var security = new SslClientAuthenticationOptions();
        if (options.CaFile is { } caFile)
        {
            X509Certificate2Collection trusted = ReadCertificates(caFile);
            security.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            security.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        if (options.CertificateFile is { } certificateFile)
        {
            X509Certificate2Collection chain = ReadCertificates(certificateFile);
            RequireValid(certificateFile, chain[0], options.Time.GetUtcNow());
            X509Certificate2 own = ReadWithKey(certificateFile, options.KeyFile!);
            security.ClientCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true);
        }

        return security;
    }

    private static X509Certificate2Collection ReadCertificates(string file)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Refused(DerCode.NoCert, file, exception.Message);
        }

        return found.Count > 0 ? found : throw Refused(DerCode.NoCert, file, "it holds no certificate in PEM");
    }

    private static void RequireValid(string file, X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            throw Refused(
                DerCode.BadCert, file, $"it is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, now it is {now:u}");
        }
    }

    private static X509Certificate2 ReadWithKey(string certificateFile, string keyFile)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(keyFile) & NotForKeys) != 0)
            {
                throw Refused(DerCode.BadCert, keyFile, "others may read or change this key; take their rights away (chmod 600)");
            }

            return X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refused(DerCode.NoCert, keyFile, exception.Message);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Refused(DerCode.BadCert, $"{certificateFile} and {keyFile}", exception.Message);
        }
    }

    private static DaosException Refused(DerCode code, string file, string reason) => new(code, "open metadata", file, reason);
}
