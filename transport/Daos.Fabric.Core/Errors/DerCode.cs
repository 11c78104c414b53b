namespace Daos.Fabric.Core.Errors;

/// <summary>
/// A DAOS error code (<c>DER_*</c>): zero or a negative number that is the same on the wire, on media and in the API.
/// Any thread. Inside the system expected failures are values of this type; at the public edge they become
/// <see cref="DaosException"/>.
/// </summary>
public readonly partial struct DerCode(int value) : IEquatable<DerCode>
{
    // Static initialisers run in textual order within a file, but not across partial files: the table registers itself lazily.
    private static Dictionary<int, (string Symbol, string Text)>? s_table;

    /// <summary>The number: 0 or negative.</summary>
    public int Value { get; } = value;

    /// <summary>True for <see cref="Success"/>.</summary>
    public bool IsSuccess => Value == 0;

    /// <summary>True for anything but <see cref="Success"/>.</summary>
    public bool IsError => Value != 0;

    /// <summary>The symbol, such as <c>DER_NOSPACE</c>.</summary>
    public string Symbol => "DER_" + (Table.TryGetValue(Value, out var row) ? row.Symbol : "UNKNOWN");

    /// <summary>One short sentence without full stop.</summary>
    public string Text => Table.TryGetValue(Value, out var row) ? row.Text : "Unknown error";

    /// <summary>Every code of the table, in the order of the table.</summary>
    public static IReadOnlyCollection<int> All => Table.Keys;

    private static Dictionary<int, (string Symbol, string Text)> Table
    {
        get
        {
            RuntimeHelpers.RunClassConstructor(typeof(DerCode).TypeHandle);
            return s_table!;
        }
    }

    /// <summary>Compares numbers.</summary>
    public static bool operator ==(DerCode left, DerCode right) => left.Value == right.Value;

    /// <summary>Compares numbers.</summary>
    public static bool operator !=(DerCode left, DerCode right) => left.Value != right.Value;

    /// <inheritdoc/>
    public bool Equals(DerCode other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DerCode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value;

    /// <summary>Symbol and number: <c>DER_NOSPACE(-1007)</c>.</summary>
    public override string ToString() => $"{Symbol}({Value})";

    private static DerCode Define(int number, string symbol, string text)
    {
        (s_table ??= []).Add(number, (symbol, text));
        return new DerCode(number);
    }
}
