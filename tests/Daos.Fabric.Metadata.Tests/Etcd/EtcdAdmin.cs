using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>The administrator of a member, who trusts it.</summary>
internal sealed class EtcdAdmin(Uri endpoint) : IDisposable
{
    private readonly HttpClient _client = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true })
    {
        BaseAddress = endpoint,
    };

    public void Dispose() => _client.Dispose();

    /// <summary>Root may do everything, tenant what lies behind a prefix, guest nothing; nobody else is let in.</summary>
    internal async Task ProtectAsync(string prefix)
    {
        await PostAsync("/v3/auth/user/add", new { name = "root", password = "secret" });
        await PostAsync("/v3/auth/user/add", new { name = "guest", password = "guest" });
        await PostAsync("/v3/auth/user/add", new { name = "tenant", password = "tenant" });
        await PostAsync("/v3/auth/role/add", new { name = "root" });
        await PostAsync("/v3/auth/role/add", new { name = "tenant" });
        byte[] from = Encoding.ASCII.GetBytes(prefix);
        byte[] to = [.. from[..^1], (byte)(from[^1] + 1)];
        await PostAsync("/v3/auth/role/grant", new { name = "tenant", perm = new { permType = "READWRITE", key = from, range_end = to } });
        await PostAsync("/v3/auth/user/grant", new { user = "root", role = "root" });
        await PostAsync("/v3/auth/user/grant", new { user = "tenant", role = "tenant" });
        await PostAsync("/v3/auth/enable", new { });
        string answer = await PostAsync("/v3/auth/authenticate", new { name = "root", password = "secret" });
        using var token = JsonDocument.Parse(answer);
        _client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token.RootElement.GetProperty("token").GetString());
    }

    internal Task ChangePasswordAsync() => PostAsync("/v3/auth/user/changepw", new { name = "root", password = "secret" });

    /// <summary>Gives compacted space back, and lets writes pass again.</summary>
    internal async Task MakeRoomAsync()
    {
        await PostAsync("/v3/maintenance/defragment", new { });
        string alarms = await PostAsync("/v3/maintenance/alarm", new { action = "GET" });
        using var found = JsonDocument.Parse(alarms);
        string member = found.RootElement.GetProperty("alarms")[0].GetProperty("memberID").GetString()!;
        await PostAsync("/v3/maintenance/alarm", new { action = "DEACTIVATE", memberID = member, alarm = "NOSPACE" });
    }

    private async Task<string> PostAsync<T>(string path, T body)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync(path, body);
        string said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {said}");
        return said;
    }
}
