namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Stands between a store and its members, and does what a network may do to a request or its answer. Any thread.</summary>
internal sealed class StolenAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly List<HttpRequestMessage> _late = [];
    private string _path = "";
    private int _answers;
    private int _requests;
    private int _delays;

    /// <summary>Requests that were let through.</summary>
    internal int Sent { get; private set; }

    /// <summary>The next answers of such calls never come, although the calls were carried out.</summary>
    internal void StealAnswers(string path, int count) => (_path, _answers) = (path, count);

    /// <summary>The next requests of such calls never arrive.</summary>
    internal void StealRequests(string path, int count) => (_path, _requests) = (path, count);

    /// <summary>The next requests of such calls arrive when <see cref="DeliverAsync"/> says, and their senders hear nothing.</summary>
    internal void DelayRequests(string path, int count) => (_path, _delays) = (path, count);

    /// <summary>Lets requests arrive that were delayed. What the members say of them, which nobody else hears.</summary>
    internal async Task<string[]> DeliverAsync()
    {
        var said = new List<string>();
        foreach (HttpRequestMessage late in _late)
        {
            using HttpResponseMessage answer = await base.SendAsync(late, default);
            said.Add(await answer.Content.ReadAsStringAsync());
            late.Dispose();
        }

        _late.Clear();
        return [.. said];
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        bool isMeant = request.RequestUri!.AbsolutePath == _path;
        if (isMeant && _delays-- > 0)
        {
            _late.Add(await CopyAsync(request));
            throw new HttpRequestException(HttpRequestError.Unknown, "the request is late");
        }

        if (isMeant && _requests-- > 0)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, "the request was lost");
        }

        HttpResponseMessage answer = await base.SendAsync(request, cancel);
        Sent++;
        if (isMeant && _answers-- > 0)
        {
            // It was carried out before this.
            await answer.Content.ReadAsStringAsync(cancel);
            answer.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "the answer was lost");
        }

        return answer;
    }

    private static async Task<HttpRequestMessage> CopyAsync(HttpRequestMessage request)
    {
        var content = new ByteArrayContent(await request.Content!.ReadAsByteArrayAsync());
        content.Headers.ContentType = request.Content.Headers.ContentType;
        return new HttpRequestMessage(request.Method, request.RequestUri) { Content = content };
    }
}
