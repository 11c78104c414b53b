using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Support;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Logging;

/// <summary>Lines of daos_server, and what must not be in what leaves the machine.</summary>
public sealed class ServerLogTests
{
    [Fact]
    public void Lines_AreOneLine_WithNamesAndValues()
    {
        using var writer = new StringWriter();
        var log = new ServerLog(writer, LogLevel.Info, isJson: false, new ManualTime());
        log.Debug("not seen");
        log.Info("hello", ("a", 1), ("b", "two words"), ("c", "x\ny=\"z\""), ("d", null));
        Assert.Equal("2030-01-01T00:00:00.000Z INFO hello a=1 b=\"two words\" c=\"x y=\\\"z\\\"\" d=\"\"\n", writer.ToString());
    }

    [Fact]
    public void JsonLines_AreJson()
    {
        using var writer = new StringWriter();
        new ServerLog(writer, LogLevel.Info, isJson: true, new ManualTime()).Error("o\nops", ("why", "\"quoted\""));
        Assert.Single(writer.ToString().TrimEnd('\n').Split('\n'));
        JsonNode line = JsonNode.Parse(writer.ToString())!;
        Assert.Equal(("ERROR", "o ops", "\"quoted\""), ((string)line["level"]!, (string)line["message"]!, (string)line["why"]!));
    }

    [Theory]
    [InlineData("password: hunter2 next", "password: REMOVED next")]
    [InlineData("{\"api_key\": \"a b\", \"x\": 1}", "{\"api_key\": REMOVED, \"x\": 1}")]
    [InlineData("fabric_auth_key: 'foo:bar'", "fabric_auth_key: REMOVED")]
    [InlineData("env_vars: [MY_TOKEN=abc, B=1]", "env_vars: [MY_TOKEN=REMOVED, B=1]")]
    [InlineData("url http://user:pw@host/x", "url http://user:REMOVED@host/x")]
    [InlineData("Authorization: Bearer abc.def", "Authorization: Bearer REMOVED")]
    [InlineData("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a -----BEGIN PRIVATE KEY----- REMOVED -----END PRIVATE KEY----- b")]
    [InlineData("-----BEGIN PRIVATE KEY-----\ncut off", "-----BEGIN PRIVATE KEY----- REMOVED -----END PRIVATE KEY-----")]
    [InlineData("key: /etc/daos/certs/server.key\nport: 10001", "key: /etc/daos/certs/server.key\nport: 10001")]
    public void Secrets_AreRemoved_AndNothingElse(string text, string expected) => Assert.Equal(expected, Secrets.Remove(text));
}
