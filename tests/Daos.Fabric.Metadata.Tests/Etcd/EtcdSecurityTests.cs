using System.Collections.Concurrent;
using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Certificates of both sides, users, passwords and rights on real members: the code, and the sentence that the operator reads.</summary>
public sealed class EtcdSecurityTests
{
    private static readonly MetadataKey s_key = new("a");

    [Fact]
    [Trait("Id", "X1")]
    public Task Members_WithCertificatesThatAreNotGood_AreRefusedWithFileAndReason() => InAsync(async (ca, foreign) =>
    {
        (string name, (string Certificate, string Key) Files, string CaFile, string Reason)[] cases =
        [
            ("good", ca.Sign("good"), ca.CaFile, ""),
            ("foreign authority", foreign.Sign("foreign"), ca.CaFile, "UntrustedRoot|PartialChain"),
            ("other name", ca.Sign("name", host: "elsewhere"), ca.CaFile, "RemoteCertificateNameMismatch|NameMismatch"),
            ("expired", ca.Sign("old", fromDays: -3, toDays: -1), ca.CaFile, "NotTimeValid"),
            ("not valid yet", ca.Sign("early", fromDays: 1, toDays: 3), ca.CaFile, "NotTimeValid"),
        ];
        foreach ((string name, (string Certificate, string Key) files, string caFile, string reason) in cases)
        {
            await using EtcdServer server = await EtcdServer.StartAsync("https", "--cert-file", files.Certificate, "--key-file", files.Key);
            var notices = new ConcurrentQueue<string>();
            DerCode code = await CodeOfAsync(server.Options() with { CaFile = caFile, Notice = notices.Enqueue });
            if (reason.Length == 0)
            {
                Assert.Equal((DerCode.Success, ""), (code, string.Join(' ', notices)));
                continue;
            }

            Assert.True(code == DerCode.BadCert, $"{name}: {code}");
            string notice = Assert.Single(notices);
            Assert.True(reason.Split('|').Any(notice.Contains) && notice.Contains(caFile) && notice.Contains(server.Endpoint.Authority), $"{name}: {notice}");
        }
    });

    [Fact]
    [Trait("Id", "X1")]
    public Task Members_ThatAskForCertificates_TakeThoseOfTheirAuthority() => InAsync(async (ca, foreign) =>
    {
        (string certificate, string key) = ca.Sign("member");
        (string own, string ownKey) = ca.Sign("daos_server");
        (string wrong, string wrongKey) = foreign.Sign("stranger");
        await using EtcdServer server = await EtcdServer.StartAsync(
            "https", "--cert-file", certificate, "--key-file", key, "--client-cert-auth", "--trusted-ca-file", ca.CaFile);
        EtcdOptions options = server.Options() with { CaFile = ca.CaFile };
        EtcdOptions good = options with { CertificateFile = own, KeyFile = ownKey };
        await using (IMetadataStore store = EtcdMetadataStore.Open(good))
        {
            Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
        }

        foreach (EtcdOptions bad in new[] { options, options with { CertificateFile = wrong, KeyFile = wrongKey } })
        {
            var notices = new ConcurrentQueue<string>();
            DerCode code = await CodeOfAsync(bad with { Notice = notices.Enqueue });
            string notice = Assert.Single(notices);
            Assert.True(code == DerCode.BadCert, $"{code}: {notice}");
            Assert.Contains("TLS was refused", notice);
            Assert.Contains(bad.CertificateFile ?? "CertificateFile is not set", notice);
        }
    });

    [Fact]
    public Task SidesThatDoNotAgreeOnTls_AreToldSo() => InAsync(async (ca, _) =>
    {
        (string certificate, string key) = ca.Sign("member");
        await using EtcdServer secure = await EtcdServer.StartAsync("https", "--cert-file", certificate, "--key-file", key);
        await using EtcdServer plain = await EtcdServer.StartAsync("http");
        var notices = new ConcurrentQueue<string>();
        EtcdOptions options = secure.Options() with { Notice = notices.Enqueue, RequestTimeoutMs = 500, DeadlineMs = 500 };
        Assert.Equal(DerCode.TimedOut, await CodeOfAsync(options with { Endpoints = [new Uri($"http://{secure.Endpoint.Authority}")] }));
        Assert.Contains(notices, notice => notice.Contains("wants https"));
        notices.Clear();
        DerCode code = await CodeOfAsync(options with { Endpoints = [new Uri($"https://{plain.Endpoint.Authority}")], CaFile = ca.CaFile });
        Assert.Contains(code, new[] { DerCode.BadCert, DerCode.Unreachable, DerCode.TimedOut });
        Assert.NotEmpty(notices);
    });

    [Fact]
    public Task UserAndPassword_DecideWhatMayBeDone() => InAsync(async (ca, _) =>
    {
        (string certificate, string key) = ca.Sign("member");
        await using EtcdServer server = await EtcdServer.StartAsync("https", "--cert-file", certificate, "--key-file", key);
        EtcdOptions nobody = server.Options() with { CaFile = ca.CaFile };
        EtcdOptions root = nobody with { User = "root", Password = "secret" };
        var refused = new ConcurrentQueue<string>();
        Assert.Equal(DerCode.NoPerm, await CodeOfAsync(root with { Notice = refused.Enqueue }));
        Assert.Contains("authentication is not enabled", Assert.Single(refused));
        using var admin = new EtcdAdmin(server.Endpoint);
        await admin.ProtectAsync(nobody.Prefix);
        await using (IMetadataStore store = EtcdMetadataStore.Open(root))
        {
            Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
            await using IMetadataWatch watch = (await store.WatchAsync(MetadataRange.All)).Value;

            // A new password makes tokens invalid, also when it is the old one: the store asks for another, and so does its watch.
            await admin.ChangePasswordAsync();
            Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
            Assert.Equal(s_key, Assert.Single((await watch.NextAsync()).Value.Changes).Key);
        }

        refused.Clear();
        Assert.Equal(DerCode.NoPerm, await CodeOfAsync(root with { Password = "wrong", Notice = refused.Enqueue }));
        Assert.Contains("etcd refuses user 'root'", Assert.Single(refused));
        Assert.Equal(DerCode.NoPerm, await CodeOfAsync(nobody));
        await using IMetadataStore guest = EtcdMetadataStore.Open(nobody with { User = "guest", Password = "guest" });
        Assert.Equal(DerCode.NoPerm, (await guest.ReadAsync(MetadataRange.All)).Code);
        Assert.Equal(DerCode.NoPerm, (await guest.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
        await using IMetadataWatch blind = (await guest.WatchAsync(MetadataRange.All with { Revision = 1 })).Value;
        Assert.Equal(DerCode.NoPerm, (await blind.NextAsync()).Code);

        // Rights on the prefix are enough.
        await using IMetadataStore tenant = EtcdMetadataStore.Open(nobody with { User = "tenant", Password = "tenant" });
        Assert.Equal(DerCode.Success, (await tenant.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
        await using IMetadataWatch allowed = (await tenant.WatchAsync(MetadataRange.All with { Revision = 1 })).Value;
        Assert.Equal(DerCode.Success, (await allowed.NextAsync()).Code);
    });

    private static async Task<DerCode> CodeOfAsync(EtcdOptions options)
    {
        await using IMetadataStore store = EtcdMetadataStore.Open(options);
        return (await store.ReadAsync(MetadataRange.All)).Code;
    }

    private static async Task InAsync(Func<EtcdCertificates, EtcdCertificates, Task> test)
    {
        EtcdServer.Require();
        string directory = EtcdProcess.NewDirectory();
        try
        {
            using var ca = new EtcdCertificates(directory, "ca");
            using var foreign = new EtcdCertificates(directory, "foreign-ca");
            await test(ca, foreign);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
