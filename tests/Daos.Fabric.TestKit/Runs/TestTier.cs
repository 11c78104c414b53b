namespace Daos.Fabric.TestKit.Runs;

/// <summary>How long a run may be.</summary>
public enum TestTier
{
    /// <summary>Every commit: the sizes that an issue asks for.</summary>
    T0,

    /// <summary>Long runs, in parts that go on where the last one stopped.</summary>
    T1,
}
