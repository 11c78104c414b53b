using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>An authority and what it signs, as PEM files of a directory.</summary>
internal sealed class EtcdCertificates : IDisposable
{
    private readonly string _directory;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    internal EtcdCertificates(string directory, string name)
    {
        _directory = directory;
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        CaFile = Write($"{name}.pem", _authority.ExportCertificatePem());
    }

    internal string CaFile { get; }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    /// <summary>A certificate for an address (or a name) and its key, valid between two days from now.</summary>
    internal (string Certificate, string Key) Sign(string name, string host = "127.0.0.1", int fromDays = -1, int toDays = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        using X509Certificate2 certificate = request.Create(_authority, now.AddDays(fromDays), now.AddDays(toDays), serial);
        string keyFile = Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
        SetMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (Write($"{name}.pem", certificate.ExportCertificatePem()), keyFile);
    }

    internal static void SetMode(string file, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("file modes are of Unix");
        }

        File.SetUnixFileMode(file, mode);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
