namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Counts of a power-cut run.</summary>
internal sealed class PowerCutTally
{
    internal int Images { get; private set; }

    internal long Acknowledged { get; private set; }

    internal int Lost { get; private set; }

    internal int Half { get; private set; }

    internal List<string> Failures { get; } = [];

    internal void Add(string image, string? failure, int acknowledged)
    {
        Images++;
        Acknowledged += acknowledged;
        if (failure is null)
        {
            return;
        }

        Lost += failure.StartsWith("lost", StringComparison.Ordinal) ? 1 : 0;
        Half += failure.StartsWith("half", StringComparison.Ordinal) ? 1 : 0;
        Failures.Add($"{image}: {failure}");
    }
}
