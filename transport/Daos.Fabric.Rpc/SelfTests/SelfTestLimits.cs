namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>Limits of self-test sessions and runs, each with unit and reason. Their memory is <see cref="RpcOptions.SelfTestBufferBytes"/>.</summary>
public static class SelfTestLimits
{
    /// <summary>Sessions that a context keeps, count: as many callers as measure one engine at once.</summary>
    public const int SessionsMax = 64;

    /// <summary>Calls of one run under way, count: the most credits that an endpoint has are 4,096; nobody learns more above this.</summary>
    public const int InFlightMax = 1024;

    /// <summary>Calls of one run, count: hours of the smallest ones.</summary>
    public const int RepetitionsMax = 1_000_000_000;

    /// <summary>Tags of a rank that a master calls, count: an engine has two more than it has targets.</summary>
    public const int TagsMax = 512;

    /// <summary>Endpoints of one run, count: the figures of all of them fit a message.</summary>
    public const int EndpointsMax = 256;
}
