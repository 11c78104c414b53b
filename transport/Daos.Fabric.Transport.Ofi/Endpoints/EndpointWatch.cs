namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>Wakes a loop that sleeps when an endpoint's wait object has something. Completing is all: the turn that follows polls.</summary>
internal sealed class EndpointWatch : ReactorOperation
{
    protected override void Complete(int result, bool more)
    {
    }
}
