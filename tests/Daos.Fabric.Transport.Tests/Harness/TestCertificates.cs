using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>An authority of this test run and what it issued, as files of a temporary directory.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("daos-tls-");
    private readonly ECDsa _caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _ca;
    private int _serial;

    internal TestCertificates(string name = "test authority")
    {
        var request = new CertificateRequest($"CN={name}", _caKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        CaFile = Write("ca.pem", _ca.ExportCertificatePem());
    }

    /// <summary>For the tests that only need good certificates; its files live as long as the process.</summary>
    internal static TlsOptions Shared { get; } = new TestCertificates().Issue("node");

    internal string CaFile { get; }

    internal string DirectoryName => _directory.FullName;

    /// <summary>A certificate of this authority with its key.</summary>
    internal TlsOptions Issue(string name, int fromDays = -1, int toDays = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        byte[] serial = [1, 2, 3, (byte)++_serial];
        using X509Certificate2 certificate = request.Create(_ca, DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays), serial);
        return new TlsOptions
        {
            CaFile = CaFile,
            CertificateFile = Write($"{name}-{_serial}.pem", certificate.ExportCertificatePem()),
            KeyFile = Write($"{name}-{_serial}.key", key.ExportPkcs8PrivateKeyPem()),
        };
    }

    internal string Write(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _ca.Dispose();
        _caKey.Dispose();
        _directory.Delete(recursive: true);
    }
}
