namespace Daos.Fabric.Rpc.Swim;

/// <summary>Limits of the failure detector, each with unit and reason.</summary>
public static class SwimLimits
{
    /// <summary>Updates that may ride on a message besides the three about its parties: a message stays under 2 KiB.</summary>
    public const int PiggybackEntriesMax = 64;

    /// <summary>Updates in a message at most.</summary>
    public const int UpdatesMax = PiggybackEntriesMax + 3;

    /// <summary>Pings under way on behalf of others; above it a request is not served, and its sender asks the next one.</summary>
    public const int RelaysMax = 1024;

    /// <summary>Slow answers without as many good ones between them that double the timeouts (CRT_SWIM_NGLITCHES_TRESHOLD).</summary>
    public const int GlitchesMax = 10;

    /// <summary>Good answers after which slow ones are forgotten and timeouts come down a step (CRT_SWIM_NMESSAGES_TRESHOLD).</summary>
    public const int GoodAnswers = 1000;

    /// <summary>Timeouts are doubled at most so often: detection stays under three minutes with DAOS's defaults.</summary>
    public const int DoublingsMax = 3;

    /// <summary>Messages that wait for a connection at once; above it they are dropped, as a network may.</summary>
    public const int SendsMax = 1024;

    /// <summary>Ranks that left the group and are still answered, so that they learn of it.</summary>
    public const int FormerMax = 1024;
}
