using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Client.Errors;

/// <summary>Where codes become exceptions: the public edge. Any thread but an owner's hot path.</summary>
internal static class Throw
{
    /// <summary>A failed call. DER_CANCELED of a call whose token was cancelled is an <see cref="OperationCanceledException"/>.</summary>
    [DoesNotReturn]
    internal static void Failed(DerCode code, string operation, string? target, string? detail = null, CancellationToken token = default) =>
        throw Create(code, operation, target, detail, token);

    /// <summary>The exception itself, for tasks that are made failed.</summary>
    internal static Exception Create(DerCode code, string operation, string? target, string? detail = null, CancellationToken token = default) =>
        code == DerCode.Canceled && token.IsCancellationRequested
            ? new OperationCanceledException($"{operation} was cancelled", token)
            : new DaosException(code, operation, target, detail);

    /// <summary>Throws unless the code is a success.</summary>
    internal static void IfError(DerCode code, string operation, string? target, string? detail = null, CancellationToken token = default)
    {
        if (code.IsError)
        {
            Failed(code, operation, target, detail, token);
        }
    }

    /// <summary>A key that the protocol cannot carry.</summary>
    [DoesNotReturn]
    internal static void KeyLength(int lengthBytes, string operation) => throw new DaosException(
        lengthBytes == 0 ? DerCode.Invalid : DerCode.KeyTooBig,
        operation,
        detail: $"A key has 1 to {ClientLimits.KeyBytesMax} bytes, this one has {lengthBytes}");
}
