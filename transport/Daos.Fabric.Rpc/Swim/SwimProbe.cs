namespace Daos.Fabric.Rpc.Swim;

/// <summary>Where the probe of this period stands.</summary>
/// <remarks>
/// <code>
/// state      meaning                          leaves by
/// Idle       nobody is asked                  the period's start      -> Direct
/// Direct     the target was pinged            heard of the target     -> Idle
///                                             ping timeout            -> Indirect (others were asked)
/// Indirect   others ping the target           heard of the target     -> Idle
///                                             twice the ping timeout  -> Idle (the target is suspected)
/// </code>
/// </remarks>
internal enum SwimProbe : byte
{
    Idle,
    Direct,
    Indirect,
}
