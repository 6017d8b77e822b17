using System.Text;
using CsCheck;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Tests.Routes;

public sealed class RouteTemplatesTests
{
    private static string Find(ServiceRoutes service, string path, bool known = true)
    {
        Route route = service.Find(Encoding.UTF8.GetBytes(path));
        route.Answered(known);
        return route.ToString();
    }

    private static string FindAll(ServiceRoutes service, params string[] paths) =>
        string.Join(' ', paths.Select(path => Find(service, path)));

    private static ServiceRoutes Service(RouteSettings? settings = null) => new RouteTemplates(settings ?? new RouteSettings()).For("shop");

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/users", "/users")]
    [InlineData("/users/", "/users/")]
    [InlineData("/users/7", "/users/{id}")]
    [InlineData("/users/7/orders/8", "/users/{id}/orders/{id}")]
    [InlineData("/api/v2/users", "/api/v2/users")]
    [InlineData("/oauth2/token", "/oauth2/token")]
    [InlineData("/items/123e4567-e89b-12d3-a456-426614174000", "/items/{id}")]
    [InlineData("/blobs/9f86d081884c7d659a2feaa0c55ad015", "/blobs/{id}")]
    [InlineData("/blobs/deadbeefdeadbeef", "/blobs/{id}")]
    [InlineData("/reports/2024-01-31", "/reports/{id}")]
    [InlineData("/people/jo@shop.example", "/people/{id}")]
    [InlineData("/people/J%C3%BCrgen", "/people/{id}")]
    [InlineData("/people/Jürgen", "/people/{id}")]
    [InlineData("/pay/cus_9s6XKzkNRiZ8i3", "/pay/{id}")]
    [InlineData("/sessions/dGhpcyBpcyBh_dG9rZW4x", "/sessions/{id}")]
    [InlineData("/map/48.137,11.575", "/map/{id}")]
    [InlineData("/order-12345/items", "/{id}/items")]
    [InlineData("/cart;jsessionid=8F3A", "/cart")]
    [InlineData("/static/app.js", "/static/app.js")]
    [InlineData("/static/main.9f3c2ab4.js", "/static/{file}")]
    [InlineData("/static/20240131.pdf", "/static/{file}")]
    [InlineData("/index.html", "/index.html")]
    [InlineData("/a//b", "/a//b")]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", "/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/*")]
    public void Values_are_told_from_words(string path, string template)
    {
        ServiceRoutes service = Service();
        Assert.Equal(template, Find(service, path));
        Assert.Equal(template, Find(service, path));
    }

    [Fact]
    public void A_place_with_many_words_that_do_not_come_back_is_a_value()
    {
        ServiceRoutes service = Service();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal($"/users/name{Letters(i)}/cart", Find(service, $"/users/name{Letters(i)}/cart"));
        }

        Assert.Equal("/users/{id}/cart", Find(service, "/users/somebody/cart"));
        Assert.Equal("/users/{id}/cart", Find(service, $"/users/name{Letters(0)}/cart"));
        Assert.Equal("/users/", Find(service, "/users/"));
        Assert.Equal("/help", Find(service, "/help"));
    }

    [Fact]
    public void A_vocabulary_that_is_used_again_and_again_stays()
    {
        ServiceRoutes service = Service();
        for (int i = 0; i < 60; i++)
        {
            Find(service, $"/api/thing{Letters(i)}");
            Assert.Equal($"/api/thing{Letters(i)}", Find(service, $"/api/thing{Letters(i)}"));
        }
    }

    [Fact]
    public void A_folder_with_many_files_is_one_route_and_its_pages_stay()
    {
        ServiceRoutes service = Service();
        Assert.Equal("/img/upload", Find(service, "/img/upload"));
        for (int i = 0; i < 30; i++)
        {
            Find(service, $"/img/pic{Letters(i)}.png");
        }

        Assert.Equal("/img/{file}", Find(service, "/img/another.png"));
        Assert.Equal("/img/upload", Find(service, "/img/upload"));
    }

    [Fact]
    public void Beyond_the_limit_every_path_is_other()
    {
        ServiceRoutes service = Service(new RouteSettings { MaxPerService = 3, MaxValuesPerSegment = 100 });
        Assert.Equal(
            "/a /b /c {other} /a {other}",
            FindAll(service, "/a", "/b", "/c", "/d", "/a", "/e/f"));
    }

    [Fact]
    public void Paths_that_are_not_known_leave_no_trace()
    {
        ServiceRoutes service = Service(new RouteSettings { MaxPerService = 3 });
        for (int i = 0; i < 100; i++)
        {
            Route unknown = service.Find(Encoding.UTF8.GetBytes($"/door{Letters(i)}/{Letters(i)}"));
            unknown.Answered(known: false);
            Assert.False(unknown.IsKnown);
        }

        Assert.Equal("/cart", Find(service, "/cart"));
        Assert.Equal("/users/{id}", Find(service, "/users/1"));
        Assert.Equal("/users/{id}", Find(service, "/users/2", known: false));
    }

    [Fact]
    public void The_same_unknown_path_twice_at_once_is_forgotten_once()
    {
        ServiceRoutes service = Service(new RouteSettings { MaxPerService = 1 });
        Route first = service.Find("/door"u8);
        Route second = service.Find("/door"u8);
        first.Answered(known: false);
        second.Answered(known: false);

        Assert.Equal("/a {other}", FindAll(service, "/a", "/b"));
    }

    [Fact]
    public void Services_do_not_share_their_routes()
    {
        var templates = new RouteTemplates(new RouteSettings { MaxPerService = 1 });
        Assert.Equal("/a", Find(templates.For("one"), "/a"));
        Assert.Equal("/b", Find(templates.For("two"), "/b"));
        Assert.Equal("{other}", Find(templates.For("one"), "/b"));
    }

    [Theory]
    [InlineData("/users/:id", "/users/jo", true)]
    [InlineData("/users/{id}", "/users/jo", true)]
    [InlineData("/users/*", "/users/jo", true)]
    [InlineData("/users/*", "/users/jo/orders/1", true)]
    [InlineData("/users/*", "/users", false)]
    [InlineData("/users/:id", "/users/jo/orders", false)]
    [InlineData("/users/:id", "/users/", false)]
    [InlineData("/users/:id/orders/*", "/users/jo/orders/1/2", true)]
    [InlineData("/users/*/orders", "/users/jo/orders", true)]
    [InlineData("/*", "/", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    public void Patterns_match_by_segments(string pattern, string path, bool matches) =>
        Assert.Equal(matches, new RouteTemplates(new RouteSettings { Patterns = [pattern] }).FindPattern(Encoding.UTF8.GetBytes(path)) is not null);

    [Fact]
    public void The_first_pattern_that_matches_wins()
    {
        ServiceRoutes service = Service(new RouteSettings { Patterns = ["/users/me", "/users/:id", "/users/*"] });
        Assert.Equal(
            "/users/me /users/:id /users/* /other/{id}",
            FindAll(service, "/users/me", "/users/jo", "/users/jo/x", "/other/1"));
    }

    [Fact]
    public void A_pattern_that_is_none_says_what_to_do()
    {
        var error = Assert.Throws<FormatException>(() => new RouteTemplates(new RouteSettings { Patterns = ["users/:id"] }));
        Assert.Equal("route pattern 'users/:id': begin it with '/', for example /users/{id}", error.Message);
    }

    [Fact]
    public void Any_paths_give_a_bounded_number_of_templates() =>
        Gen.Byte[1, 127].Array[0, 40].Array[300].Sample(paths =>
        {
            ServiceRoutes service = Service(new RouteSettings { MaxPerService = 50 });
            var templates = new HashSet<string>();
            foreach (byte[] path in paths)
            {
                Route route = service.Find([(byte)'/', .. path]);
                route.Answered(known: true);
                templates.Add(route.ToString());
                Assert.True(route.Template.SequenceEqual(service.Find([(byte)'/', .. path]).Template) || route.Template.Length > 0);
            }

            // Every collapse frees what it replaces; there are few.
            Assert.True(templates.Count <= 150);
        }, iter: 50);

    [Fact]
    public void Known_paths_and_new_values_are_found_without_allocation()
    {
        ServiceRoutes service = Service();
        byte[][] paths = [.. Enumerable.Range(0, 1000).Select(i => Encoding.UTF8.GetBytes($"/users/{i}/orders"))];
        foreach (byte[] path in paths[..500])
        {
            service.Find(path).Answered(known: true);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[] path in paths)
        {
            service.Find(path).Answered(known: true);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string Letters(int number) => $"{(char)('a' + (number / 26 % 26))}{(char)('a' + (number % 26))}";
}
