using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// Random operations on a shard and on the model, each answer compared. Few keys, so that everything meets everything: overwrites, punches
/// and reads at any epoch so far.
/// </summary>
internal sealed partial class ModelRun
{
    /// <summary>Of all operations so many concern transactions.</summary>
    internal const double TransactionShare = 1.0 / 7;

    private const ulong Records = 400;

    private SeededRandom _random;
    private readonly ObjectId[] _objects =
    [
        ObjectId.Create(0, 1, ObjectType.MultiHashed),
        ObjectId.Create(0, 2, ObjectType.MultiUInt64),
        ObjectId.Create(0, 3, ObjectType.MultiLexical),
    ];

    private readonly List<ulong> _epochs = [0];
    private ulong _now;
    private (CallKeys Keys, int Akey)? _touched;

    internal ModelRun(ulong seed = 0) => _random = new SeededRandom(seed);

    internal StoreModel Model { get; } = new();

    internal int Operations { get; private set; }

    /// <summary>Reads below it are refused from now on.</summary>
    internal ulong Aggregated { get; set; }

    /// <summary>Epochs that stay readable.</summary>
    internal List<ulong> Snapshots { get; } = [];

    /// <summary>Extents are put together: their epochs are no longer those of the writes.</summary>
    internal bool Merges { get; init; }

    internal ulong Now => _now;

    /// <summary>Some epoch between the aggregated one and now.</summary>
    internal ulong SomeEpoch() => Math.Max(_epochs[_random.Next(_epochs.Count)], Aggregated);

    internal int LateModifications { get; private set; }

    internal int LateRefusals { get; private set; }

    internal int ConditionsHeld { get; private set; }

    internal int ConditionsRefused { get; private set; }

    /// <summary>The next step draws from here.</summary>
    internal void Begin(ulong seed) => _random = new SeededRandom(seed);

    /// <summary>Operations one after the other, all drawn from the newest seed.</summary>
    internal async ValueTask<bool> RunAsync(StoreCalls calls, int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            await (_random.Chance(TransactionShare) ? TransactAsync(calls) : OperateAsync(calls));
        }

        return true;
    }

    internal async ValueTask<bool> OperateAsync(StoreCalls calls)
    {
        Operations++;
        switch (_random.Next(24))
        {
            case < 5:
                await PutAsync(calls);
                break;
            case < 8:
                await WriteAsync(calls);
                break;
            case 8:
                await PunchAsync(calls);
                break;
            case < 13:
                await GetAsync(calls);
                break;
            case < 16:
                await ReadAsync(calls);
                break;
            case 16:
                ListDkeys(calls);
                break;
            case 17:
                ListAkeys(calls);
                break;
            case 18:
                ListExtents(calls);
                break;
            case 19:
                Query(calls);
                break;
            case < 22:
                IterateExtents(calls);
                break;
            case 22:
                IterateVersions(calls);
                break;
            default:
                IterateKeys(calls);
                break;
        }

        return true;
    }

    /// <summary>Reads what was modified last at every epoch so far, in between and at the newest.</summary>
    internal async ValueTask<bool> CheckEpochsAsync(StoreCalls calls)
    {
        if (_touched is not { } touched)
        {
            return true;
        }

        foreach (ulong epoch in _epochs.SelectMany(epoch => new[] { epoch, epoch + 1 }).Append(ulong.MaxValue).Where(epoch => epoch > Aggregated).Distinct())
        {
            CallKeys keys = At(touched.Keys with { Conditions = default }, epoch);
            await (IsArray(touched.Akey) ? CompareReadAsync(calls, keys, epoch, 0, Records, RecordBytes(touched.Akey)) : CompareGetAsync(calls, keys, epoch));
        }

        _touched = null;
        return true;
    }

    /// <summary>Reads everything at the newest epoch and, where allowed, at some older ones.</summary>
    internal async ValueTask<bool> CheckAllAsync(StoreCalls calls)
    {
        ulong[] epochs = [ulong.MaxValue, .. Snapshots, .. _epochs.Where(epoch => epoch > Aggregated).OrderBy(_ => _random.NextUInt64()).Take(3)];
        foreach (ulong epoch in epochs)
        {
            foreach (ObjectId id in _objects)
            {
                for (int d = 0; d < 8; d++)
                {
                    for (int a = 0; a < 6; a++)
                    {
                        CallKeys keys = new CallKeys(id, Key(id, d), Key(id, a)) { Epoch = new Epoch(epoch == ulong.MaxValue ? 0 : epoch) };
                        await (IsArray(a) ? CompareReadAsync(calls, keys, epoch, 0, Records, RecordBytes(a)) : CompareGetAsync(calls, keys, epoch));
                    }
                }
            }
        }

        return true;
    }

    private static bool IsArray(int akey) => akey >= 4;

    private static int RecordBytes(int akey) => akey == 4 ? 1 : 7;

    private static byte[] Key(ObjectId id, int number) => id.DkeyOrder == KeyOrder.Integer
        ? BitConverter.GetBytes((ulong)number * 3)
        : Encoding.UTF8.GetBytes(number % 2 == 0 ? $"key {number}" : $"a longer key whose beginning others share {number}");

    private CallKeys Keys(bool array, out int akey)
    {
        ObjectId id = _objects[_random.Next(_objects.Length)];
        akey = array ? 4 + _random.Next(2) : _random.Next(4);
        return new CallKeys(id, Key(id, _random.Next(8)), Key(id, akey));
    }

    // Half of the reads are at the newest epoch, the others at a snapshot or anywhere in the past that is not gone.
    private ulong ReadEpoch() =>
        _random.Chance(0.5) ? ulong.MaxValue : Snapshots.Count > 0 && _random.Chance(0.4) ? Snapshots[_random.Next(Snapshots.Count)] : Math.Max(_epochs[_random.Next(_epochs.Count)] + (ulong)_random.Next(2), Aggregated + 1);

    private static CallKeys At(CallKeys keys, ulong epoch) => keys with { Epoch = new Epoch(epoch == ulong.MaxValue ? 0 : epoch) };

    // One modification in ten comes late: at an epoch that others have passed already.
    private CallKeys MaybeLate(CallKeys keys)
    {
        // Mostly just passed: what lies further back was read by some condition or punch since.
        int back = _random.Chance(0.8) ? Math.Max(_epochs.Count - 12, 0) : 0;
        ulong epoch = _random.Chance(0.1) ? _epochs[back + _random.Next(_epochs.Count - back)] + (ulong)_random.Next(3) : 0;
        return epoch > Aggregated && epoch <= _now && !_transactionEpochs.Contains(epoch) ? keys with { Epoch = new Epoch(epoch) } : keys;
    }

    // One in eight of those at the newest epoch has a condition.
    private CallKeys MaybeConditional(CallKeys keys, params UpdateConditions[] conditions) =>
        !keys.Epoch.IsSet && _random.Chance(0.125) ? keys with { Conditions = conditions[_random.Next(conditions.Length)] } : keys;

    // A late one may be sent away, one with a condition is when the model says so, and then it changed nothing.
    private bool Applied(CallKeys keys, int akey, PunchScope? punched, DerCode code, Epoch epoch)
    {
        if (Waited(code, keys.Object, keys.Epoch.IsSet ? keys.Epoch.Value : ulong.MaxValue, standsAlone: false))
        {
            return false;
        }

        DerCode expected = Model.Judge(keys, punched);
        if (expected.IsError)
        {
            ConditionsRefused++;
            Assert.Equal(expected, code);
            return false;
        }

        ConditionsHeld += keys.Conditions != default ? 1 : 0;
        if (keys.Epoch.IsSet)
        {
            LateRefusals += code.IsError ? 1 : 0;
            Assert.True(code.IsSuccess || code == DerCode.TxRestart || code == DerCode.VosPartialUpdate, $"{code}");
            LateModifications += code.IsSuccess ? 1 : 0;
        }
        else
        {
            Assert.Equal(DerCode.Success, code);
            Assert.True(epoch.Value > _now, "epochs grow");
            _now = epoch.Value;
        }

        if (code.IsSuccess)
        {
            _epochs.Add(epoch.Value);
            _touched = (keys, akey);
        }

        return code.IsSuccess;
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.Fill(bytes);
        return bytes;
    }

    private async ValueTask PutAsync(StoreCalls calls)
    {
        CallKeys keys = MaybeConditional(MaybeLate(Keys(array: false, out int akey)), StoreModel.OfUpdates);
        byte[] value = Bytes(_random.Chance(0.01) ? 4096 + _random.Next(9000) : _random.Next(120));
        (DerCode code, Epoch epoch) = await calls.PutAsync(keys, value);
        if (Applied(keys, akey, null, code, epoch))
        {
            Model.Put(keys, epoch.Value, value);
        }
    }

    private async ValueTask WriteAsync(StoreCalls calls)
    {
        CallKeys keys = MaybeConditional(MaybeLate(Keys(array: true, out int akey)), StoreModel.OfUpdates);
        var ranges = new List<(ulong Start, ulong Count, byte[]? Data)>();
        ulong at = (ulong)_random.Next((int)Records / 2);
        int wanted = 1 + _random.Next(3);
        for (int i = 0; i < wanted && at < Records; i++)
        {
            ulong count = Math.Min(1 + (ulong)_random.Next(_random.Chance(0.2) ? 300 : 30), Records - at);
            bool hole = _random.Chance(0.15);
            ranges.Add((at, count, hole ? null : Bytes((int)count * RecordBytes(akey))));
            at += count + (ulong)_random.Next(20);
        }

        (DerCode code, Epoch epoch) = await calls.WriteAsync(keys, RecordBytes(akey), [.. ranges]);
        if (Applied(keys, akey, null, code, epoch))
        {
            Model.Write(keys, epoch.Value, ranges);
        }
    }

    private async ValueTask PunchAsync(StoreCalls calls)
    {
        CallKeys keys = MaybeConditional(MaybeLate(Keys(_random.Chance(0.3), out int akey)), UpdateConditions.Punch);
        PunchScope scope = _random.Next(12) switch
        {
            0 => PunchScope.Object,
            < 4 => PunchScope.Dkey,
            _ => PunchScope.Akeys,
        };
        (DerCode code, Epoch epoch) = await calls.PunchAsync(keys, scope);
        if (Applied(keys, akey, scope, code, epoch))
        {
            Model.Punch(keys, epoch.Value, scope);
        }
    }

    private ValueTask GetAsync(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: false, out _), epoch);
        return CompareGetAsync(calls, MaybeConditional(keys, UpdateConditions.DkeyFetch, UpdateConditions.AkeyFetch), epoch);
    }

    private async ValueTask CompareGetAsync(StoreCalls calls, CallKeys keys, ulong epoch)
    {
        (DerCode code, byte[]? value) = await calls.GetAsync(keys);
        if (Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            return;
        }

        Assert.Equal(Model.Judge(keys, null), code);
        Assert.Equal(Model.Get(keys, epoch), value);
    }

    private ValueTask ReadAsync(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: true, out int akey), epoch);
        ulong start = (ulong)_random.Next((int)Records);
        return CompareReadAsync(calls, keys, epoch, start, 1 + (ulong)_random.Next((int)Records), RecordBytes(akey));
    }

    private async ValueTask CompareReadAsync(StoreCalls calls, CallKeys keys, ulong epoch, ulong start, ulong count, int recordBytes)
    {
        (DerCode code, byte[]? bytes, bool[] map) = await calls.ReadAsync(keys, start, count);
        if (Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            return;
        }

        Assert.Equal(DerCode.Success, code);
        var expected = Model.Read(keys, epoch, start, count, recordBytes);
        Assert.Equal(expected is null, bytes is null);
        if (expected is not null)
        {
            Assert.True(expected.Value.Map.AsSpan().SequenceEqual(map), "holes differ");
            Assert.True(expected.Value.Bytes.AsSpan().SequenceEqual(bytes), "bytes differ");
        }
    }

    private void ListDkeys(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: false, out _), epoch);
        (DerCode code, List<byte[]> found) = calls.List(keys, dkeys: true, 60 + _random.Next(100), descending: _random.Chance(0.5));
        if (!Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            Compare(code, Model.Dkeys(keys.Object, epoch), found);
        }
    }

    private void ListAkeys(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: false, out _), epoch);
        (DerCode code, List<byte[]> found) = calls.List(keys, dkeys: false, 60 + _random.Next(100));
        if (!Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            Compare(code, Model.Akeys(keys, epoch), found);
        }
    }

    private static void Compare(DerCode code, List<byte[]> expected, List<byte[]> found)
    {
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(expected.Select(Convert.ToHexString).Order(), found.Select(Convert.ToHexString).Order());
    }

    private void ListExtents(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: true, out int akey), epoch);
        (DerCode code, List<ListedExtent> found) = calls.ListExtents(keys, 24 * (1 + _random.Next(40)), _random.Chance(0.5));
        if (Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            return;
        }

        Assert.Equal(DerCode.Success, code);
        var expected = Model.Read(keys, epoch, 0, Records, RecordBytes(akey));
        var epochs = new ulong[Records];
        foreach (ListedExtent extent in found)
        {
            epochs.AsSpan((int)extent.Index, (int)extent.Count).Fill(extent.EpochValue);
        }

        for (ulong record = 0; record < Records; record++)
        {
            ulong wanted = expected is null || !expected.Value.Map[record] ? 0 : expected.Value.Epochs[record];
            bool isMerged = Merges && wanted != 0 && wanted <= Aggregated;
            Assert.True(isMerged ? epochs[record] >= wanted && epochs[record] <= Aggregated : epochs[record] == wanted, "epochs differ");
        }
    }

    private void Query(StoreCalls calls)
    {
        ulong epoch = ReadEpoch();
        CallKeys keys = At(Keys(array: true, out int akey) with { Object = _objects[1] }, epoch);
        keys = keys with { Dkey = Key(_objects[1], _random.Next(8)), Akey = Key(_objects[1], akey) };
        bool max = _random.Chance(0.5);
        KeyQueryFlags direction = max ? KeyQueryFlags.Max : KeyQueryFlags.None;
        List<byte[]> dkeys = Model.Dkeys(keys.Object, epoch);
        (DerCode code, ulong dkey, _, _) = calls.Query(keys, direction | KeyQueryFlags.Dkey);
        if (Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            return;
        }

        Assert.Equal(dkeys.Count == 0 ? DerCode.Nonexist : DerCode.Success, code);
        if (code.IsSuccess)
        {
            IEnumerable<ulong> numbers = dkeys.Select(key => BitConverter.ToUInt64(key));
            Assert.Equal(max ? numbers.Max() : numbers.Min(), dkey);
        }

        (code, _, _, KeyQueryResult result) = calls.Query(keys, direction | KeyQueryFlags.Recx);
        if (Waited(code, keys.Object, epoch, !keys.Epoch.IsSet))
        {
            return;
        }

        bool[] map = Model.Read(keys, epoch, 0, Records, RecordBytes(akey))?.Map ?? [];
        int edge = max ? Array.LastIndexOf(map, true) : Array.IndexOf(map, true);
        Assert.Equal(edge < 0 ? DerCode.Nonexist : DerCode.Success, code);
        if (edge >= 0)
        {
            Assert.Equal((ulong)edge, max ? result.Index + result.Count - 1 : result.Index);
        }
    }
}
