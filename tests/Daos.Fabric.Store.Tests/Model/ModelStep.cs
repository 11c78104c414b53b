using System.Globalization;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>What one step of a case does.</summary>
internal enum ModelAction
{
    /// <summary>An operation and its comparison.</summary>
    Operation,

    /// <summary>A transaction is prepared, committed or aborted.</summary>
    Transaction,

    /// <summary>Every transaction is decided, then everything is read at some epochs.</summary>
    CheckAll,

    /// <summary>All that the operation before touched, at every epoch that is readable.</summary>
    CheckEpochs,

    /// <summary>The process dies; a durable store comes back.</summary>
    Crash,

    /// <summary>The power goes.</summary>
    PowerCut,

    /// <summary>A clean end and a new start.</summary>
    Reopen,

    /// <summary>Some steps of taking old versions away.</summary>
    Reclaim,
}

/// <summary>One step: it draws everything from its own seed, so that a case is still one when steps are taken out.</summary>
internal readonly record struct ModelStep(ModelAction Action, ulong Seed)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Action} {Seed}");

    internal static ModelStep Parse(string line)
    {
        string[] words = line.Split(' ');
        return new ModelStep(Enum.Parse<ModelAction>(words[0]), ulong.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
