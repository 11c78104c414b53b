namespace Daos.Fabric.SelfTest.Options;

/// <summary>One endpoint as the user named it: a tag of a rank, or of whoever listens at an address. A value.</summary>
/// <param name="Rank">The rank; <see cref="Rank.None"/> when an address was given.</param>
/// <param name="Address">The address of tag 0; null when a rank was given.</param>
/// <param name="Tag">The tag.</param>
internal readonly record struct EndpointSpec(Rank Rank, TransportUri? Address, ushort Tag)
{
    public override string ToString() => Address is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Rank}:{Tag}")
        : string.Create(CultureInfo.InvariantCulture, $"{Address}#{Tag}");
}
