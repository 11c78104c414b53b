using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Options that cannot be, members that are not there, certificates and passwords.</summary>
public sealed class EtcdWrongPathTests
{
    private static readonly MetadataKey s_key = new("a");

    public static TheoryData<EtcdOptions, string> BadOptions => new()
    {
        { Options("ftp://h:1"), "Endpoints has 'ftp://h:1/'" },
        { Options("http://h:1/path"), "write http://host:port" },
        { Options(), "Endpoints has 0 members" },
        { Options("http://h:1", "https://h:2"), "mixes http and https" },
        { Options("http://h:1") with { CaFile = "/ca" }, "need endpoints with https" },
        { Options("https://h:1") with { CertificateFile = "/c" }, "CertificateFile and KeyFile belong together" },
        { Options("http://h:1") with { User = "u" }, "User and Password belong together" },
        { Options("http://h:1") with { Prefix = "/no-slash" }, "end with '/'" },
        { Options("http://h:1") with { RequestTimeoutMs = 1 }, "RequestTimeoutMs is 1; it must be 100 to 60000" },
        { Options("http://h:1") with { DeadlineMs = 500 }, "DeadlineMs is 500" },
        { Options("http://h:1") with { TransactionsMax = 0 }, "TransactionsMax is 0" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(BadOptions))]
    public void OptionsThatCannotBe_AreNamed(EtcdOptions options, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<ArgumentException>(() => EtcdMetadataStore.Open(options)).Message);

    [Fact]
    public void CertificateFileThatIsMissing_IsNamed()
    {
        DaosException missing = Assert.Throws<DaosException>(() => EtcdMetadataStore.Open(Options("https://h:1") with { CaFile = "/no/such/ca.pem" }));
        Assert.Equal(DerCode.NoCert, missing.Code);
        Assert.Contains("/no/such/ca.pem", missing.Message);
    }

    [Fact]
    public async Task NobodyThere_IsUnreachableAfterTheDeadline()
    {
        await using IMetadataStore store = EtcdMetadataStore.Open(Options($"http://127.0.0.1:{EtcdProcess.FreePort()}") with { DeadlineMs = 300, RequestTimeoutMs = 300 });
        Assert.Equal(DerCode.Unreachable, (await store.ReadAsync(MetadataRange.All)).Code);
        Assert.Equal(DerCode.Unreachable, (await store.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
        Assert.Equal(DerCode.Unreachable, (await store.GrantAsync(5_000)).Code);
    }

    [Fact]
    public async Task SecureMember_WithUserAndPassword_TakesThoseAndNoOthers()
    {
        EtcdServer.Require();
        string directory = EtcdProcess.NewDirectory();
        try
        {
            (string certificate, string key) = MakeCertificate(directory, "etcd");
            (string foreign, _) = MakeCertificate(directory, "foreign");
            using var server = new EtcdServer("https", "--cert-file", certificate, "--key-file", key);
            EtcdOptions good = Options(server.Endpoint.OriginalString) with { CaFile = certificate, DeadlineMs = 30_000, RequestTimeoutMs = 10_000 };
            await ProtectAsync(server.Endpoint);
            EtcdOptions root = good with { User = "root", Password = "secret" };
            await using (IMetadataStore store = EtcdMetadataStore.Open(root))
            {
                await PutAsync(store);

                // A new password makes tokens invalid, also when it is the old one: the store asks for another.
                using HttpClient admin = await AdminAsync(server.Endpoint);
                await PostAsync(admin, "/v3/auth/user/changepw", new { name = "root", password = "secret" });
                await PutAsync(store);
            }

            Assert.Equal(DerCode.BadCert, await CodeOfAsync(root with { CaFile = foreign, DeadlineMs = 10_000 }));
            Assert.Equal(DerCode.NoPerm, await CodeOfAsync(root with { Password = "wrong" }));
            Assert.Equal(DerCode.NoPerm, await CodeOfAsync(good));
            Assert.Equal(DerCode.NoPerm, await CodeOfAsync(good with { User = "guest", Password = "guest" }));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task PutAsync(IMetadataStore store) =>
        Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(s_key, Encoding.UTF8.GetBytes("1")))).Code);

    private static async Task<DerCode> CodeOfAsync(EtcdOptions options)
    {
        await using IMetadataStore store = EtcdMetadataStore.Open(options);
        return (await store.ReadAsync(MetadataRange.All)).Code;
    }

    private static EtcdOptions Options(params string[] endpoints) => new() { Endpoints = [.. endpoints.Select(e => new Uri(e))] };

    // A user who may do everything, one who may do nothing, and nobody without a password.
    private static async Task ProtectAsync(Uri endpoint)
    {
        using var client = new HttpClient(Trusting()) { BaseAddress = endpoint };
        await PostAsync(client, "/v3/auth/user/add", new { name = "root", password = "secret" });
        await PostAsync(client, "/v3/auth/user/add", new { name = "guest", password = "guest" });
        await PostAsync(client, "/v3/auth/role/add", new { name = "root" });
        await PostAsync(client, "/v3/auth/user/grant", new { user = "root", role = "root" });
        await PostAsync(client, "/v3/auth/enable", new { });
    }

    private static async Task<HttpClient> AdminAsync(Uri endpoint)
    {
        var client = new HttpClient(Trusting()) { BaseAddress = endpoint };
        HttpResponseMessage answer = await PostAsync(client, "/v3/auth/authenticate", new { name = "root", password = "secret" });
        using var token = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token.RootElement.GetProperty("token").GetString());
        return client;
    }

    private static async Task<HttpResponseMessage> PostAsync<T>(HttpClient client, string path, T body)
    {
        HttpResponseMessage answer = await client.PostAsJsonAsync(path, body);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        return answer;
    }

    private static HttpClientHandler Trusting() => new() { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };

    private static (string Certificate, string Key) MakeCertificate(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string certificateFile = Path.Combine(directory, name + ".pem");
        string keyFile = Path.Combine(directory, name + ".key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
