using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>What operations see, and the notes that reads leave behind.</summary>
internal sealed unsafe partial class ObjectStore
{
    /// <summary>The view of a fetch: the newest stable versions, or everything up to the epoch that the caller named.</summary>
    public ReadView ViewOf(in ObjectTarget target)
    {
        Unstable.Trim(Shard.StablePosition);
        return target.Epoch.IsSet ? AsOf(in target) : Own(in target, ReadView.NewestStable(Unstable), OpenRule.StandAlone);
    }

    /// <summary>The view of a listing or query: everything up to the epoch, or everything.</summary>
    public ReadView DependentViewOf(in ObjectTarget target)
    {
        Unstable.Trim(Shard.StablePosition);
        return target.Epoch.IsSet ? AsOf(in target) : Own(in target, ReadView.Newest(Unstable), OpenRule.StandAlone);
    }

    /// <summary>
    /// Ends a read of everything that a level of the target names: DER_TX_RESTART when its epoch was too uncertain for what it met; else
    /// the read of a transaction is noted, DER_HLC_SYNC above the clock's ceiling. Also for reads that found nothing.
    /// </summary>
    public DerCode EndRead(DerCode code, in ObjectTarget target, TimestampLevel level, in ReadView view)
    {
        code = Judge(code, in target, in view, out bool isNoted);
        if (isNoted)
        {
            Reads.Note(EntityPath.Of(in target, level), target.Epoch.Value, ReadTimestamps.ReaderOf(in target));
        }

        return code;
    }

    /// <summary>As <see cref="EndRead(DerCode, in ObjectTarget, TimestampLevel, in ReadView)"/>, of one akey.</summary>
    public DerCode EndRead(DerCode code, in ObjectTarget target, KeyBytes akey, in ReadView view)
    {
        code = Judge(code, in target, in view, out bool isNoted);
        if (isNoted)
        {
            EntityPath path = EntityPath.Of(in target, TimestampLevel.Dkey).ToAkey(akey.Address, akey.Length);
            Reads.Note(in path, target.Epoch.Value, ReadTimestamps.ReaderOf(in target));
        }

        return code;
    }

    private ReadView AsOf(in ObjectTarget target) => Own(
        in target,
        ReadView.UpTo(Unstable, new VersionStamp(target.Epoch.Value, ushort.MaxValue), target.EpochBound),
        OpenRule.Waits);

    // A transaction sees what it wrote, and waits for what others have not decided; reads at an epoch would not be repeatable otherwise.
    private ReadView Own(in ObjectTarget target, ReadView view, OpenRule rule)
    {
        view.Rule = target.Transaction.IsSet ? OpenRule.Waits : rule;
        if (target.Transaction.IsSet && Unstable.Open.Count > 0)
        {
            view.SeesOwn(Unstable.Open.Find(Containers.Find(target.Container), target.Transaction));
        }

        return view;
    }

    private DerCode Judge(DerCode code, in ObjectTarget target, in ReadView view, out bool isNoted)
    {
        isNoted = false;
        if (view.MetUncertain)
        {
            return DerCode.TxRestart;
        }

        if (view.Refusal.IsError)
        {
            return view.Refusal;
        }

        if (!target.Transaction.IsSet || !target.Epoch.IsSet || (code.IsError && code != DerCode.Nonexist))
        {
            return code;
        }

        isNoted = target.Epoch.Value <= _hlc.Ceiling;
        return isNoted ? code : DerCode.HlcSync;
    }
}
