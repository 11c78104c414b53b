using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>What a container should show: lists and loops, against which the store's trees are judged.</summary>
internal sealed class StoreModel
{
    internal static readonly UpdateConditions[] OfUpdates =
    [
        UpdateConditions.DkeyInsert, UpdateConditions.DkeyUpdate, UpdateConditions.AkeyInsert, UpdateConditions.AkeyUpdate,
        UpdateConditions.DkeyUpdate | UpdateConditions.AkeyInsert,
    ];

    private readonly Dictionary<ObjectId, ModelObject> _objects = [];

    /// <summary>Tests of the tests: punches are not noted, as a bad model would have it.</summary>
    internal bool ForgetsPunches { get; set; }

    /// <summary>What the conditions of a call at the newest epoch say, as DAOS documents them: DER_EXIST, DER_NONEXIST or success.</summary>
    /// <param name="keys">Where, and with which conditions.</param>
    /// <param name="punched">What a punch names; null for other calls.</param>
    internal DerCode Judge(CallKeys keys, PunchScope? punched)
    {
        UpdateConditions asked = keys.Conditions;
        if (asked == UpdateConditions.None)
        {
            return DerCode.Success;
        }

        ulong epoch = ulong.MaxValue;
        bool dkey = FindDkey(keys, epoch, out _) is not null;
        bool akey = Find(keys, epoch, out _) is not null;
        bool there = punched switch
        {
            PunchScope.Object => _objects.TryGetValue(keys.Object, out ModelObject? found) && Exists(found, epoch, 0),
            PunchScope.Dkey => dkey,
            _ => akey,
        };
        bool mayNot = ((asked & UpdateConditions.DkeyInsert) != 0 && dkey) || ((asked & UpdateConditions.AkeyInsert) != 0 && akey);
        bool must = ((asked & (UpdateConditions.DkeyUpdate | UpdateConditions.DkeyFetch)) != 0 && !dkey)
            || ((asked & (UpdateConditions.AkeyUpdate | UpdateConditions.AkeyFetch)) != 0 && !akey)
            || ((asked & UpdateConditions.Punch) != 0 && !there);
        return must ? DerCode.Nonexist : mayNot ? DerCode.Exists : DerCode.Success;
    }

    internal void Put(CallKeys keys, ulong epoch, byte[] value) => Make(keys, epoch).Singles.Add((epoch, value));

    internal void Write(CallKeys keys, ulong epoch, IEnumerable<(ulong Start, ulong Count, byte[]? Data)> ranges)
    {
        foreach ((ulong start, ulong count, byte[]? data) in ranges)
        {
            if (data is not null || Find(keys, epoch, out _) is not null)
            {
                Make(keys, epoch).Ranges.Add((epoch, start, count, data));
            }
        }
    }

    internal void Punch(CallKeys keys, ulong epoch, PunchScope scope)
    {
        ulong hidden = 0;
        if (ForgetsPunches || !_objects.TryGetValue(keys.Object, out ModelObject? found) || !found.Exists(epoch, ref hidden))
        {
            return;
        }

        if (scope == PunchScope.Object)
        {
            found.Punch(epoch);
            return;
        }

        if (!found.Dkeys.TryGetValue(Text(keys.Dkey), out ModelDkey? dkey) || !dkey.Exists(epoch, ref hidden))
        {
            return;
        }

        if (scope == PunchScope.Dkey)
        {
            dkey.Punch(epoch);
            return;
        }

        ulong below = hidden;
        if (!dkey.Akeys.TryGetValue(Text(keys.Akey), out ModelAkey? akey) || !akey.Exists(epoch, ref below))
        {
            return;
        }

        akey.Punch(epoch);
        if (!dkey.Akeys.Values.Any(other => Exists(other, epoch, hidden)))
        {
            dkey.Punch(epoch);
        }
    }

    internal byte[]? Get(CallKeys keys, ulong epoch)
    {
        ModelAkey? akey = Find(keys, epoch, out ulong hidden);
        return akey?.Singles.Where(version => version.Epoch <= epoch && version.Epoch > hidden)
            .OrderBy(version => version.Epoch).LastOrDefault().Value;
    }

    /// <summary>Per record of the range its bytes, null for a hole; null when the akey does not exist.</summary>
    internal (byte[] Bytes, bool[] Map, ulong[] Epochs)? Read(CallKeys keys, ulong epoch, ulong start, ulong count, int recordBytes)
    {
        ModelAkey? akey = Find(keys, epoch, out ulong hidden);
        if (akey is null)
        {
            return null;
        }

        var bytes = new byte[(int)count * recordBytes];
        var map = new bool[count];
        var epochs = new ulong[count];
        foreach (var range in akey.Ranges.Where(range => range.Epoch <= epoch && range.Epoch > hidden).OrderBy(range => range.Epoch))
        {
            ulong first = Math.Max(range.Start, start);
            ulong end = Math.Min(range.Start + range.Count, start + count);
            for (ulong record = first; record < end; record++)
            {
                int at = (int)(record - start);
                map[at] = range.Data is not null;
                epochs[at] = range.Epoch;
                Span<byte> target = bytes.AsSpan(at * recordBytes, recordBytes);
                if (range.Data is null)
                {
                    target.Clear();
                }
                else
                {
                    range.Data.AsSpan((int)(record - range.Start) * recordBytes, recordBytes).CopyTo(target);
                }
            }
        }

        return (bytes, map, epochs);
    }

    internal List<byte[]> Dkeys(ObjectId id, ulong epoch)
    {
        ulong hidden = 0;
        return !_objects.TryGetValue(id, out ModelObject? found) || !found.Exists(epoch, ref hidden)
            ? []
            : [.. found.Dkeys.Values.Where(dkey => Exists(dkey, epoch, hidden)).Select(dkey => dkey.Key)];
    }

    internal List<byte[]> Akeys(CallKeys keys, ulong epoch)
    {
        ModelDkey? dkey = FindDkey(keys, epoch, out ulong hidden);
        return dkey is null ? [] : [.. dkey.Akeys.Values.Where(akey => Exists(akey, epoch, hidden)).Select(akey => akey.Key)];
    }

    /// <summary>The akey with everything ever written to it, and its newest punch; null when it does not exist.</summary>
    internal ModelAkey? Value(CallKeys keys, ulong epoch, out ulong hidden) => Find(keys, epoch, out hidden);

    /// <summary>Dkeys that exist, and of the others those punched at or after an epoch.</summary>
    internal List<(byte[] Key, bool Exists)> DkeysWithPunched(ObjectId id, ulong low, ulong epoch)
    {
        var found = new List<(byte[] Key, bool Exists)>();
        ulong hidden = 0;
        if (!_objects.TryGetValue(id, out ModelObject? inside))
        {
            return found;
        }

        inside.Exists(epoch, ref hidden);
        foreach (ModelDkey dkey in inside.Dkeys.Values.Where(dkey => dkey.HasWrite(epoch)))
        {
            ulong below = hidden;
            bool exists = dkey.Exists(epoch, ref below);
            if (exists || below >= Math.Max(low, 1))
            {
                found.Add((dkey.Key, exists));
            }
        }

        return found;
    }

    /// <summary>Objects that exist.</summary>
    internal List<ObjectId> Objects(ulong epoch) => [.. _objects.Where(pair => Exists(pair.Value, epoch, 0)).Select(pair => pair.Key)];

    private static bool Exists(ModelEntity entity, ulong epoch, ulong hidden) => entity.Exists(epoch, ref hidden);

    private static string Text(byte[] key) => Convert.ToHexString(key);

    private ModelAkey Make(CallKeys keys, ulong epoch)
    {
        if (!_objects.TryGetValue(keys.Object, out ModelObject? found))
        {
            _objects.Add(keys.Object, found = new ModelObject());
        }

        if (!found.Dkeys.TryGetValue(Text(keys.Dkey), out ModelDkey? dkey))
        {
            found.Dkeys.Add(Text(keys.Dkey), dkey = new ModelDkey(keys.Dkey));
        }

        if (!dkey.Akeys.TryGetValue(Text(keys.Akey), out ModelAkey? akey))
        {
            dkey.Akeys.Add(Text(keys.Akey), akey = new ModelAkey(keys.Akey));
        }

        found.Write(epoch);
        dkey.Write(epoch);
        akey.Write(epoch);
        return akey;
    }

    private ModelDkey? FindDkey(CallKeys keys, ulong epoch, out ulong hidden)
    {
        hidden = 0;
        return _objects.TryGetValue(keys.Object, out ModelObject? found)
            && found.Exists(epoch, ref hidden)
            && found.Dkeys.TryGetValue(Text(keys.Dkey), out ModelDkey? dkey)
            && dkey.Exists(epoch, ref hidden)
            ? dkey
            : null;
    }

    private ModelAkey? Find(CallKeys keys, ulong epoch, out ulong hidden)
    {
        ModelDkey? dkey = FindDkey(keys, epoch, out hidden);
        return dkey is not null && dkey.Akeys.TryGetValue(Text(keys.Akey), out ModelAkey? akey) && akey.Exists(epoch, ref hidden)
            ? akey
            : null;
    }
}
