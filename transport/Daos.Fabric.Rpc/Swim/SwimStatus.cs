namespace Daos.Fabric.Rpc.Swim;

/// <summary>What a member is held to be. The numbers travel.</summary>
public enum SwimStatus : byte
{
    /// <summary>It answers.</summary>
    Alive = 0,

    /// <summary>It did not answer, neither directly nor to others; it may still refute.</summary>
    Suspect = 1,

    /// <summary>It did not refute in time. A higher incarnation brings it back.</summary>
    Dead = 2,

    /// <summary>It was added while it starts: never suspected before it was heard the first time. Not spread.</summary>
    Inactive = 3,
}
