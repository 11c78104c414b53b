namespace Daos.Fabric.Rpc.Swim;

/// <summary>
/// Members about whom there is something to spread: newest in front, what was sent goes to the back, what was sent often enough leaves.
/// At most one entry per member, linked through the members. Owned by its <see cref="SwimProtocol"/>.
/// </summary>
internal sealed class SwimNews(int transmissionsMax)
{
    private SwimMember? _tail;

    internal SwimMember? First { get; private set; }

    internal int Count { get; private set; }

    /// <summary>Something new about the member: it is told before everything else.</summary>
    internal void Announce(SwimMember member)
    {
        Remove(member);
        member.Transmissions = 0;
        member.IsNews = true;
        member.NextNews = First;
        if (First is null)
        {
            _tail = member;
        }
        else
        {
            First.PreviousNews = member;
        }

        First = member;
        Count++;
    }

    /// <summary>It was sent once more.</summary>
    internal void Sent(SwimMember member)
    {
        int transmissions = member.Transmissions + 1;
        Remove(member);
        if (transmissions < transmissionsMax)
        {
            Append(member);
            member.Transmissions = transmissions;
        }
    }

    internal void Remove(SwimMember member)
    {
        if (!member.IsNews)
        {
            return;
        }

        if (member.PreviousNews is null)
        {
            First = member.NextNews;
        }
        else
        {
            member.PreviousNews.NextNews = member.NextNews;
        }

        if (member.NextNews is null)
        {
            _tail = member.PreviousNews;
        }
        else
        {
            member.NextNews.PreviousNews = member.PreviousNews;
        }

        member.PreviousNews = null;
        member.NextNews = null;
        member.IsNews = false;
        Count--;
    }

    private void Append(SwimMember member)
    {
        member.IsNews = true;
        member.PreviousNews = _tail;
        if (_tail is null)
        {
            First = member;
        }
        else
        {
            _tail.NextNews = member;
        }

        _tail = member;
        Count++;
    }
}
