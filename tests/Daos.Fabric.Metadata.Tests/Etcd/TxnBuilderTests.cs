using System.Text;
using Daos.Fabric.Metadata.Etcd.Wire;
using Daos.Fabric.Metadata.Etcd.Wire.Requests;
using Daos.Fabric.Metadata.Etcd.Wire.Responses;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>How guarded transactions become etcd's, and what its answers mean.</summary>
public sealed class TxnBuilderTests
{
    private static readonly EtcdKeys s_keys = new(Encoding.ASCII.GetBytes("/p/"));
    private static readonly MetadataGuard s_guard = new(MetadataKey.Own("s1"u8), 7, new byte[] { 9 }, 5, Always: false);
    private static readonly MetadataOperation s_put = MetadataOperation.Put(new MetadataKey("a"), new byte[] { 1 });
    private static readonly MetadataOperation s_delete = MetadataOperation.Delete(new MetadataKey("a"));
    private static readonly ResponseHeader s_header = new(20);

    [Fact]
    public void Transaction_WithoutElse_IsOneStepWithOneLook()
    {
        TxnRequest request = Build(new MetadataTransaction { When = [MetadataCompare.Absent(new MetadataKey("a"))], Then = [s_put] });
        Assert.Equal(2, request.Compare.Length);
        Assert.Equal(2, request.Success.Count(o => o.RequestPut is not null));
        Assert.NotNull(Assert.Single(request.Failure).RequestRange);
    }

    [Fact]
    public void Transaction_ThatOnlyDeletes_HasNoOutermostWrite()
    {
        TxnRequest request = Build(new MetadataTransaction { Then = [s_delete], Else = [s_delete] });
        Assert.DoesNotContain(request.Success.Concat(request.Failure), o => o.RequestPut is not null);
    }

    [Fact]
    public void Transaction_ThatWrites_HasAnOutermostWrite()
    {
        TxnRequest request = Build(new MetadataTransaction { When = [MetadataCompare.Absent(new MetadataKey("a"))], Else = [s_put] });
        Assert.Contains(request.Success.Concat(request.Failure), o => o.RequestPut is not null);
        request = Build(new MetadataTransaction { Then = [s_delete], Else = [s_put] });
        Assert.Contains(request.Success.Concat(request.Failure), o => o.RequestPut is not null);
    }

    [Fact]
    public void Answers_AreReadAsWhatTheyAre()
    {
        KeyValue asItWas = new(s_keys.Of(s_guard.Key), [9, 1], 3, 7, 1, 5);
        KeyValue changed = asItWas with { ModRevision = 8 };
        Assert.Equal(MetadataBranch.Then, Read(new TxnResponse(s_header, true, []))?.Branch);
        Assert.Equal(MetadataBranch.Else, Read(Looked(asItWas))?.Branch);
        Assert.Equal((MetadataBranch.Guarded, 8L), (Read(Looked(changed))!.Branch, Read(Looked(changed))!.Marker!.ModRevision));
        Assert.Equal((MetadataBranch.Guarded, null), (Read(Looked())!.Branch, Read(Looked())!.Marker));
        Assert.Equal(MetadataBranch.Else, Read(Inner(new TxnResponse(s_header, true, [])))?.Branch);
        Assert.Equal(MetadataBranch.Guarded, Read(Inner(Looked(changed)))?.Branch);
        Assert.Equal(20, Read(Inner(Looked(changed)))?.Revision);
    }

    [Fact]
    public void Answers_ThatEtcdNeverGives_AreNone()
    {
        KeyValue foreign = new(Encoding.ASCII.GetBytes("/q/x"), [9], 3, 8, 1, 5);
        Assert.Null(Read(new TxnResponse(null, true, null)));
        Assert.Null(Read(new TxnResponse(s_header, false, null)));
        Assert.Null(Read(new TxnResponse(s_header, false, [new ResponseOp()])));
        Assert.Null(Read(Looked(foreign)));
        Assert.Null(Read(Inner(new TxnResponse(s_header, false, []))));
    }

    private static TxnRequest Build(MetadataTransaction transaction) => TxnBuilder.Build(transaction with { Guard = s_guard }, s_keys);

    private static MetadataCommit? Read(TxnResponse response) => TxnBuilder.Read(response, s_guard, s_keys);

    private static TxnResponse Looked(params KeyValue[] found) =>
        new(s_header, false, [new ResponseOp { ResponseRange = new RangeResponse(s_header, found, false) }]);

    private static TxnResponse Inner(TxnResponse inner) => new(s_header, false, [new ResponseOp { ResponseTxn = inner }]);
}
