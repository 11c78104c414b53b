using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>Iterations with ranges of epochs and filters, each entry judged by the model's lists.</summary>
internal sealed partial class ModelRun
{
    private int BufferBytes => IterationEntry.SizeBytes + 72 + _random.Next(2000);

    private (ulong Low, ulong High, IterationRequest Request) Epochs()
    {
        ulong high = ReadEpoch();
        ulong low = Aggregated > 0 || _random.Chance(0.4) ? 0 : _epochs[_random.Next(_epochs.Count)];
        low = Math.Min(low, high);
        return (low, high, new IterationRequest { Low = new Epoch(low), High = new Epoch(high == ulong.MaxValue ? 0 : high) });
    }

    private void IterateVersions(StoreCalls calls)
    {
        (ulong low, ulong high, IterationRequest request) = Epochs();
        CallKeys keys = Keys(array: false, out _);
        ModelAkey? akey = Model.Value(keys, high, out ulong hidden);
        List<ulong> expected = akey is null
            ? []
            : [.. akey.Singles.Select(version => version.Epoch).Where(epoch => epoch >= low && epoch <= high).Order()];
        ulong visible = expected.Where(epoch => epoch > hidden).DefaultIfEmpty(0UL).Max();
        EpochExpression expression = Aggregated > 0 ? EpochExpression.LessOrEqual : (EpochExpression)_random.Next(4);
        if (Aggregated > 0)
        {
            // What is punched may be gone already.
            expected.RemoveAll(epoch => epoch != visible);
            request = request with { Filter = IterationFilter.Visible };
        }

        expected = expression switch
        {
            EpochExpression.LessOrEqual => [.. expected.TakeLast(1)],
            EpochExpression.GreaterOrEqual => [.. expected.Take(1)],
            EpochExpression.ReverseRange => [.. expected.AsEnumerable().Reverse()],
            _ => expected,
        };
        (DerCode code, var found) = calls.Iterate(
            IterationLevel.Versions, keys, request with { Expression = expression }, BufferBytes);
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(expected, found.Select(entry => entry.Entry.EpochValue));
        Assert.All(found, entry => Assert.Equal(
            entry.Entry.EpochValue == visible ? IterationFlags.Visible : IterationFlags.Covered, entry.Entry.Flags));
    }

    private void IterateKeys(StoreCalls calls)
    {
        (ulong low, ulong high, IterationRequest request) = Epochs();
        ObjectId id = _objects[_random.Next(_objects.Length)];
        CallKeys keys = new(id, Key(id, 0), Key(id, 0));
        bool punched = Aggregated == 0 && _random.Chance(0.5);
        IterationFilter filter = (punched ? IterationFilter.Punched : 0) | (_random.Chance(0.5) ? IterationFilter.Reverse : 0);
        (DerCode code, var found) = calls.Iterate(
            IterationLevel.Dkeys, keys, request with { Filter = filter, CountMax = 1 + _random.Next(4) }, BufferBytes);
        Assert.Equal(DerCode.Success, code);
        IEnumerable<(byte[] Key, bool Exists)> expected =
            Model.DkeysWithPunched(id, low, high).Where(dkey => punched || dkey.Exists);
        Assert.Equal(
            expected.Select(dkey => (Convert.ToHexString(dkey.Key), dkey.Exists)).Order(),
            found.Select(entry => (Convert.ToHexString(entry.Key), (entry.Entry.Flags & IterationFlags.Visible) != 0)).Order());

        (code, found) = calls.Iterate(
            IterationLevel.Objects, keys, request with { Filter = filter & IterationFilter.Reverse }, BufferBytes);
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(Model.Objects(high).Order(), found.Select(entry => new ObjectId(entry.Entry.Count, entry.Entry.Index)).Order());
    }

    private void IterateExtents(StoreCalls calls)
    {
        (ulong low, ulong high, IterationRequest request) = Epochs();
        CallKeys keys = Keys(array: true, out _);
        ModelAkey? akey = Model.Value(keys, high, out ulong hidden);
        IterationFilter filter = Aggregated > 0 ? IterationFilter.Visible : (_random.Next(3) switch
        {
            0 => IterationFilter.All,
            1 => IterationFilter.Visible,
            _ => IterationFilter.Covered,
        });
        filter |= Aggregated > 0 || _random.Chance(0.3) ? IterationFilter.SkipHoles : 0;
        filter |= _random.Chance(0.5) ? IterationFilter.Reverse : 0;
        ulong first = _random.Chance(0.5) ? 0 : (ulong)_random.Next((int)Records);
        ulong count = _random.Chance(0.5) ? 0 : 1 + (ulong)_random.Next((int)Records);
        request = request with { Filter = filter, Index = first, Count = count, CountMax = _random.Next(6) };
        (DerCode code, var found) = calls.Iterate(IterationLevel.Extents, keys, request, BufferBytes);
        Assert.Equal(DerCode.Success, code);
        ulong end = count == 0 ? Records : Math.Min(Records, first + count);
        var ranges = (akey?.Ranges ?? []).Where(range => range.Epoch >= low && range.Epoch <= high).ToList();
        if ((filter & IterationFilter.Visible) == 0)
        {
            Assert.Equal(
                ranges.Where(range => range.Start < end && range.Start + range.Count > first)
                    .Select(range => (range.Epoch, range.Start, range.Count, Covered: range.Epoch <= hidden)).Order(),
                found.Select(entry => (
                    entry.Entry.EpochValue, entry.Entry.Index, entry.Entry.Count, (entry.Entry.Flags & IterationFlags.Covered) != 0)).Order());
            return;
        }

        CheckOrder(found, (filter & IterationFilter.Reverse) != 0, (filter & IterationFilter.Covered) == IterationFilter.Covered);
        for (ulong record = first; record < end; record++)
        {
            var here = ranges.Where(range => range.Start <= record && record < range.Start + range.Count).ToList();
            ulong visible = here.Where(range => range.Epoch > hidden).Select(range => range.Epoch).DefaultIfEmpty(0UL).Max();
            var expected = here.Where(range =>
                ((filter & IterationFilter.Covered) == IterationFilter.Covered || range.Epoch == visible)
                && (range.Data is not null || (filter & IterationFilter.SkipHoles) == 0));
            Assert.Equal(
                expected.Select(range => (Merges ? 0 : range.Epoch, range.Epoch == visible, range.Data is null)).Order(),
                found.Where(entry => entry.Entry.Index <= record && record < entry.Entry.Index + entry.Entry.Count)
                    .Select(entry => (
                        Merges ? 0 : entry.Entry.EpochValue,
                        (entry.Entry.Flags & IterationFlags.Visible) != 0,
                        (entry.Entry.Flags & IterationFlags.Hole) != 0)).Order());
        }
    }

    private static void CheckOrder(List<(IterationEntry Entry, byte[] Key)> found, bool reverse, bool covered)
    {
        for (int i = 1; i < found.Count; i++)
        {
            (ulong before, ulong after) = reverse
                ? (found[i].Entry.Index, found[i - 1].Entry.Index)
                : (found[i - 1].Entry.Index, found[i].Entry.Index);
            Assert.True(covered ? before <= after : before < after, "out of order");
        }
    }
}
