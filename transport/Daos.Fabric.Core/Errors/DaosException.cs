namespace Daos.Fabric.Core.Errors;

/// <summary>
/// What the public API throws: the code, what was attempted and where. <see cref="OperationCanceledException"/> stays itself.
/// </summary>
public sealed class DaosException : Exception
{
    /// <summary>Builds the message "operation: text, target, detail, DER_X(-n)".</summary>
    /// <param name="code">Why it failed.</param>
    /// <param name="operation">What was attempted, such as "update".</param>
    /// <param name="target">Where: an address, rank, object or path; may be null.</param>
    /// <param name="detail">What to do about it, when that is known.</param>
    public DaosException(DerCode code, string operation, string? target = null, string? detail = null)
        : base(Compose(code, operation, target, detail))
    {
        Code = code;
        Operation = operation;
        Target = target;
    }

    /// <summary>DAOS's code.</summary>
    public DerCode Code { get; }

    /// <summary>What was attempted.</summary>
    public string Operation { get; }

    /// <summary>Where it was attempted, when known.</summary>
    public string? Target { get; }

    private static string Compose(DerCode code, string operation, string? target, string? detail)
    {
        string where = target is null ? "" : $" ({target})";
        string what = detail is null ? "" : $". {detail}";
        return $"{operation} failed{where}: {code.Text}, {code}{what}";
    }
}
