namespace Daos.Fabric.Protocol.Drpc;

/// <summary>What became of a call, before anything that its method itself may say; DAOS's numbers.</summary>
public enum DrpcStatus
{
    /// <summary>The method ran; what it says stands in the body.</summary>
    Success = 0,

    /// <summary>It will run; nothing is said about how it ends.</summary>
    Submitted = 1,

    /// <summary>It failed without an answer of its own.</summary>
    Failure = 2,

    /// <summary>There is no such module.</summary>
    UnknownModule = 3,

    /// <summary>The module has no such method.</summary>
    UnknownMethod = 4,

    /// <summary>The call could not be read.</summary>
    FailedUnmarshalCall = 5,

    /// <summary>The method's request could not be read.</summary>
    FailedUnmarshalPayload = 6,

    /// <summary>The method ran, and its answer could not be written: it is too long.</summary>
    FailedMarshal = 7,
}
