using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Options that cannot be, and files that are not what they should be: said when the store is opened.</summary>
public sealed class EtcdOptionsTests
{
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
    public void Password_IsNotPrinted() =>
        Assert.DoesNotContain("secret", (Options("http://h:1") with { User = "root", Password = "secret" }).ToString());

    [Fact]
    public void Files_ThatAreMissingEmptyOrGarbage_AreNamed() => In((directory, _) =>
    {
        string empty = Path.Combine(directory, "empty.pem");
        File.WriteAllText(empty, "nothing of use");
        string garbage = Path.Combine(directory, "garbage.pem");
        File.WriteAllText(garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Refused(Options("https://h:1") with { CaFile = "/no/such/ca.pem" }, DerCode.NoCert, "/no/such/ca.pem");
        Refused(Options("https://h:1") with { CaFile = empty }, DerCode.NoCert, "holds no certificate");
        Refused(Options("https://h:1") with { CaFile = garbage }, DerCode.NoCert, garbage);
    });

    [Fact]
    [Trait("Id", "X1")]
    public void OwnCertificate_ThatCannotBeUsed_IsNamedWithTheReason() => In((directory, ca) =>
    {
        (string certificate, string key) = ca.Sign("server");
        (string _, string otherKey) = ca.Sign("other");
        (string expired, string expiredKey) = ca.Sign("expired", fromDays: -3, toDays: -1);
        (string early, string earlyKey) = ca.Sign("early", fromDays: 1, toDays: 3);
        EtcdOptions options = Options("https://h:1") with { CaFile = ca.CaFile, CertificateFile = certificate, KeyFile = key };
        EtcdMetadataStore.Open(options).DisposeAsync().AsTask().GetAwaiter().GetResult();
        Refused(options with { KeyFile = "/no/such/key.pem" }, DerCode.NoCert, "/no/such/key.pem");
        Refused(options with { KeyFile = otherKey }, DerCode.BadCert, otherKey);
        Refused(options with { CertificateFile = expired, KeyFile = expiredKey }, DerCode.BadCert, expired, "valid from");
        Refused(options with { CertificateFile = early, KeyFile = earlyKey }, DerCode.BadCert, early, "valid from");
        EtcdCertificates.SetMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Refused(options, DerCode.BadCert, key, "others may read");
    });

    internal static EtcdOptions Options(params string[] endpoints) => new() { Endpoints = [.. endpoints.Select(e => new Uri(e))] };

    private static void Refused(EtcdOptions options, DerCode code, params string[] sentences)
    {
        DaosException refused = Assert.Throws<DaosException>(() => EtcdMetadataStore.Open(options));
        Assert.Equal(code, refused.Code);
        Assert.All(sentences, sentence => Assert.Contains(sentence, refused.Message));
    }

    private static void In(Action<string, EtcdCertificates> test)
    {
        string directory = EtcdProcess.NewDirectory();
        try
        {
            using var ca = new EtcdCertificates(directory, "ca");
            test(directory, ca);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
