namespace Daos.Fabric.Core.Errors;

/// <summary>A value or the code that says why there is none. Any thread; a value type, never stored on a hot path.</summary>
public readonly struct DerResult<T>
{
    private readonly T _value;

    private DerResult(T value, DerCode code)
    {
        _value = value;
        Code = code;
    }

    /// <summary><see cref="DerCode.Success"/> when <see cref="Value"/> may be read.</summary>
    public DerCode Code { get; }

    /// <summary>True when there is a value.</summary>
    public bool IsSuccess => Code.IsSuccess;

    /// <summary>The value; reading it after a failure is a programmer's mistake and throws.</summary>
    public T Value => Code.IsSuccess ? _value : throw new InvalidOperationException($"no value: {Code}");

    /// <summary>Wraps a value.</summary>
    public static implicit operator DerResult<T>(T value) => new(value, DerCode.Success);

    /// <summary>Wraps a failure.</summary>
    public static implicit operator DerResult<T>(DerCode code)
    {
        Debug.Assert(code.IsError, "a success without a value");
        return new(default!, code);
    }
}
