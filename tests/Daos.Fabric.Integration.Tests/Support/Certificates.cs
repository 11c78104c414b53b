using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>A certificate that is its own authority, and its key, as files of a directory.</summary>
internal sealed class Certificates
{
    public Certificates(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        CertificateFile = Path.Combine(directory, name + ".pem");
        KeyFile = Path.Combine(directory, name + ".key");
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>As options of a command, whose names begin so.</summary>
    public string[] Options(string prefix) => [$"--{prefix}ca={CertificateFile}", $"--{prefix}cert={CertificateFile}", $"--{prefix}key={KeyFile}"];
}
