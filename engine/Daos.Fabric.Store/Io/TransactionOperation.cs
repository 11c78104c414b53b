using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Io;

/// <summary>One operation of a transaction that is to be prepared. Lives in its plan.</summary>
internal struct TransactionOperation
{
    /// <summary>The update; null for a punch.</summary>
    public UpdatePlan? Update;

    /// <summary>Where to punch.</summary>
    public ObjectTarget Target;

    /// <summary>What to punch.</summary>
    public PunchScope Scope;

    /// <summary>First of its akeys.</summary>
    public int AkeyStart;

    /// <summary>Number of its akeys.</summary>
    public int AkeyCount;
}
