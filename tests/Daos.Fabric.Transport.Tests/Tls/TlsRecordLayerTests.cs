using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Tests.Tls;

/// <summary>Two record layers mouth to mouth: what a network may do to records.</summary>
public sealed unsafe class TlsRecordLayerTests : IDisposable
{
    private readonly OwnerLoop _loop = new("owner", new IdleReactor(), new OwnerLoopOptions());
    private readonly SegmentPool _pool = new("test", 32 * 1024, connectionsMax: 4, sharedBytes: 32 * 32 * 1024);
    private readonly TlsContext _context = TlsContext.Create(TestCertificates.Shared);
    private readonly TlsRecordLayer _client;
    private readonly TlsRecordLayer _server;
    private readonly SegmentBuffer _toServer;
    private readonly SegmentBuffer _toClient;
    private readonly SegmentBuffer _plain;

    public TlsRecordLayerTests()
    {
        _client = _context.CreateLayer(isServer: false)!;
        _server = _context.CreateLayer(isServer: true)!;
        _toServer = new SegmentBuffer(_loop, _pool);
        _toClient = new SegmentBuffer(_loop, _pool);
        _plain = new SegmentBuffer(_loop, _pool);
        Assert.Equal(DerCode.Success, _client.Start(_toServer));
        Assert.Equal(DerCode.Success, _server.Start(_toClient));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(DerCode.Success, _server.Open(_toServer, _plain, _toClient));
            Assert.Equal(DerCode.Success, _client.Open(_toClient, _plain, _toServer));
        }

        Assert.True(_client.IsReady && _server.IsReady);
    }

    public void Dispose()
    {
        _toServer.Clear();
        _toClient.Clear();
        _plain.Clear();
        _client.Dispose();
        _server.Dispose();
        _context.Dispose();
        Assert.Equal("", _pool.DescribeHeld());
        _pool.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    public void Sealed_Opened_IsTheSame(int length)
    {
        byte[] bytes = Pair.Pattern(3, length);
        Assert.Equal(DerCode.Success, _client.Seal(bytes, _toServer));
        Assert.True(_toServer.LengthBytes <= length + _client.SealRoomBytes - (16 * 1024));
        Assert.Equal(DerCode.Success, _server.Open(_toServer, _plain, _toClient));
        Assert.Equal(bytes, new ReadOnlySpan<byte>(_plain.Head!.Address + _plain.Head.Start, (int)_plain.LengthBytes).ToArray());
    }

    [Fact]
    public void Record_OneBitFlipped_IsRefusedAndNothingComesOut()
    {
        Assert.Equal(DerCode.Success, _client.Seal(Pair.Pattern(3, 1000), _toServer));
        _toServer.Head!.Address[_toServer.Head.Start + 500] ^= 4;
        Assert.Equal(DerCode.Checksum, _server.Open(_toServer, _plain, _toClient));
        Assert.Equal(0, _plain.LengthBytes);
        Assert.NotEmpty(_server.Fault);
    }

    [Fact]
    public void Record_Replayed_IsRefused()
    {
        Assert.Equal(DerCode.Success, _client.Seal(Pair.Pattern(3, 100), _toServer));
        var record = new ReadOnlySpan<byte>(_toServer.Head!.Address + _toServer.Head.Start, (int)_toServer.LengthBytes).ToArray();
        Assert.Equal(DerCode.Success, _server.Open(_toServer, _plain, _toClient));
        record.CopyTo(new Span<byte>(_toServer.Reserve(record.Length), record.Length));
        _toServer.Commit(record.Length);
        Assert.Equal(DerCode.Checksum, _server.Open(_toServer, _plain, _toClient));
        Assert.Equal(100, _plain.LengthBytes);
    }

    [Fact]
    public void Open_MemoryIsShort_GoesOnWhenThereIsSome()
    {
        using var small = new SegmentPool("small", 8192, connectionsMax: 1, sharedBytes: 4 * 8192);
        var plain = new SegmentBuffer(_loop, small);
        byte[] bytes = Pair.Pattern(3, 16 * 1024);
        var opened = new List<byte>();
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(DerCode.Success, _client.Seal(bytes, _toServer));
        }

        DerCode code;
        int shortages = 0;
        do
        {
            code = _server.Open(_toServer, plain, _toClient);
            shortages += code == DerCode.NoMemory ? 1 : 0;
            while (plain.LengthBytes > 0)
            {
                Segment head = plain.Head!;
                int here = head.End - head.Start;
                opened.AddRange(new ReadOnlySpan<byte>(head.Address + head.Start, here));
                plain.Consume(here);
            }
        }
        while (code == DerCode.NoMemory);

        Assert.Equal(DerCode.Success, code);
        Assert.True(shortages > 0);
        Assert.Equal(6 * bytes.Length, opened.Count);
        Assert.True(opened.Take(bytes.Length).SequenceEqual(bytes));
        plain.Clear();
    }
}
