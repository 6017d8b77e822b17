namespace Sonde.Discovery.Tests.Naming;

public sealed class ServiceNamingTests
{
    /// <summary>Executable, arguments separated by bars, working directory, expected name and version.</summary>
    public static TheoryData<string, string, string, string, string?> Programs => new()
    {
        // Native programs, titles, multi-call executables
        { "/usr/bin/curl", "curl|http://localhost/", "/", "curl", null },
        { "/usr/sbin/nginx", "nginx: worker process", "/", "nginx", null },
        { "/usr/lib/postgresql/15/bin/postgres", "postgres: shop shop 127.0.0.1(41234) idle", "/", "postgres", null },
        { "/usr/bin/redis-check-rdb", "redis-server *:6379", "/", "redis-check-rdb", null },
        { "/bin/busybox", "wget|-qO-|http://localhost/", "/", "wget", null },
        { "/memfd:runc_cloned:/proc/self/exe (deleted)", "runc|init", "/", "runc", null },
        { "/memfd:sealed (deleted)", "/opt/agent|run", "/", "agent", null },
        { "/opt/shop/Orders", "./Orders", "/opt/shop", "Orders", null },
        { "/usr/bin/old (deleted)", "old", "/", "old", null },

        // .NET
        { "/usr/lib/dotnet/dotnet", "dotnet|/srv/shop/Orders.Api.dll|--urls|http://*:80", "/srv/shop", "Orders.Api", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|exec|--runtimeconfig|x.json|--depsfile|y.json|Orders.dll", "/srv", "Orders", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|--roll-forward|Major|Orders.dll|run", "/srv", "Orders", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|run|--project|src/Orders.Api/Orders.Api.csproj", "/srv/shop", "Orders.Api", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|run|-c|Release|--project|src/Orders.Api", "/srv/shop", "Orders.Api", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|run|--|--project|no", "/srv/shop/src", "shop", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|run|hello.cs", "/srv/shop", "hello", null },
        { "/usr/lib/dotnet/dotnet", "dotnet|build", "/srv/shop", "dotnet-build", null },
        { "/usr/lib/dotnet/dotnet", "dotnet", "/srv/shop", "dotnet", null },

        // Java
        { "/usr/lib/jvm/17/bin/java", "java|-Xmx1g|-jar|/opt/shop-api-1.2.3.jar|--server.port=80", "/", "shop-api", "1.2.3" },
        { "/usr/lib/jvm/17/bin/java", "java|-jar|shop-2.0.1-SNAPSHOT-all.jar", "/", "shop", "2.0.1-SNAPSHOT" },
        { "/usr/lib/jvm/17/bin/java", "java|-jar|/app.jar", "/", "app", null },
        { "/usr/lib/jvm/17/bin/java", "java|-jar|x86-tools.jar", "/", "x86-tools", null },
        { "/usr/lib/jvm/17/bin/java", "java|-cp|/a.jar:/b-1.0.jar|-XX:+UseZGC|com.acme.Main|-jar|no.jar", "/", "Main", null },
        { "/usr/lib/jvm/17/bin/java", "java|--module-path|mods|-m|com.acme.shop/com.acme.shop.Orders", "/", "Orders", null },
        { "/usr/lib/jvm/17/bin/java", "java|Hello.java", "/", "Hello", null },
        { "/usr/lib/jvm/17/bin/java", "java|-cp|x|org.apache.catalina.startup.Bootstrap|start", "/", "tomcat", null },
        { "/usr/lib/jvm/17/bin/java", "java|org.springframework.boot.loader.launch.JarLauncher", "/srv/orders", "orders", null },
        { "/usr/lib/jvm/17/bin/java", "java|-Dspring.application.name=billing|-jar|app-1.0.jar", "/", "billing", "1.0" },
        { "/usr/lib/jvm/17/bin/java", "java|-jar|app.jar|-Dotel.service.name=no", "/", "app", null },
        { "/usr/lib/jvm/17/bin/java", "java|-version", "/", "java", null },

        // Python
        { "/usr/bin/python3.11", "python3|/srv/shop/app.py|--port|80", "/", "app", null },
        { "/usr/bin/python3.11", "python3|-u|-W|ignore|-X|dev|orders.py", "/srv", "orders", null },
        { "/usr/bin/python3.11", "python3|-um|http.server|8000", "/srv", "http.server", null },
        { "/usr/bin/python3.11", "python3|-m|acme.orders.__main__", "/srv", "acme.orders", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/gunicorn|-b|0.0.0.0:8000|-w|4|shop.wsgi:application", "/srv", "shop", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/gunicorn|app:app", "/srv", "app", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/gunicorn|--bind=unix:/run/x.sock|shop.wsgi", "/srv", "shop", null },
        { "/usr/bin/python3.11", "gunicorn: master [shop.wsgi:application]", "/srv", "shop", null },
        { "/usr/bin/python3.11", "gunicorn: worker [orders]", "/srv", "orders", null },
        { "/usr/bin/python3.11", "python3|-m|uvicorn|acme.orders.main:create_app()|--host|0.0.0.0", "/srv", "acme.orders", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/uvicorn|--host|localhost:8000|main:app", "/srv", "main", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/celery|-A|shop.app|worker", "/srv", "shop", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/flask|--app|hello.py|run", "/srv", "hello", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/flask|run", "/srv/shop", "shop", null },
        { "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/fastapi|run|orders.py", "/srv/shop", "orders", null },
        { "/usr/bin/python3.11", "python3|manage.py|runserver", "/srv/shop/src", "shop", null },
        { "/usr/bin/python3.11", "python3|/app/main.py", "/", "main", null },
        { "/usr/bin/python3.11", "python3|-c|import os", "/srv/shop", "python3.11", null },
        { "/usr/bin/python3.11", "python3|-|x", "/srv/shop", "python3.11", null },
        { "/usr/bin/pypy3", "pypy3|orders.py", "/srv/shop", "orders", null },

        // Node.js and its kin, without a package.json
        { "/usr/bin/node", "node|/srv/orders/lib/index.js", "/", "orders", null },
        { "/usr/bin/node", "node|--require|./tracing.js|--inspect=9229|worker.js", "/srv/orders", "worker", null },
        { "/usr/bin/node", "node|--env-file|.env|dist/main.js", "/srv/orders/app", "orders", null },
        { "/usr/bin/node", "node|/index.js", "/", "index", null },
        { "/usr/bin/node", "npm start", "/srv/orders", "orders", null },
        { "/usr/bin/node", "node|-e|1", "/", "node", null },
        { "/usr/bin/deno", "deno|run|--allow-net|/srv/orders/worker.ts", "/", "worker", null },
        { "/usr/bin/bun", "bun|run|worker.ts", "/srv/orders", "worker", null },

        // Ruby, PHP, Perl, shells, others
        { "/usr/bin/ruby3.1", "ruby|-I|lib|worker.rb", "/srv/shop", "worker", null },
        { "/usr/bin/ruby3.1", "puma 6.4.0 (tcp://0.0.0.0:3000) [shop]", "/srv/shop", "shop", null },
        { "/usr/bin/ruby3.1", "sidekiq 7.2.0 shop [0 of 10 busy]", "/srv", "shop", null },
        { "/usr/bin/ruby3.1", "ruby|bin/rails|server", "/srv/shop/current", "shop", null },
        { "/usr/sbin/php-fpm8.2", "php-fpm: pool www", "/", "php-fpm", null },
        { "/usr/bin/php8.2", "php|-d|memory_limit=1G|/srv/worker.php", "/", "worker", null },
        { "/usr/bin/php8.2", "php|-S|0.0.0.0:80|-t|public", "/srv/shop", "shop", null },
        { "/usr/bin/php8.2", "php|artisan|serve", "/srv/shop", "shop", null },
        { "/usr/bin/php8.2", "php|-r|echo 1;", "/srv/shop", "php8.2", null },
        { "/usr/bin/perl", "/usr/bin/perl|-w|/usr/local/bin/report.pl", "/", "report", null },
        { "/usr/bin/perl", "perl|-I/srv/lib|-we|print 1", "/", "perl", null },
        { "/usr/bin/bash", "bash|-eu|/opt/backup.sh", "/", "backup", null },
        { "/usr/bin/dash", "sh|-ec|curl localhost", "/", "dash", null },
        { "/usr/bin/bash", "-bash", "/root", "bash", null },
        { "/usr/bin/bash", "bash|/dev/fd/63", "/root", "bash", null },
        { "/usr/bin/bash", "bash|/proc/self/fd/3", "/root", "bash", null },
        { "/usr/lib/erlang/bin/beam.smp", "/usr/lib/erlang/bin/beam.smp|-W|w|--|-root|/usr/lib/erlang|-sname|rabbit@host|-setcookie|x", "/", "rabbit", null },
        { "/usr/lib/erlang/bin/beam.smp", "beam.smp|-noshell|-extra|/usr/bin/mix|phx.server", "/srv/shop", "shop", null },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_is_named_by_what_it_runs(string executable, string arguments, string workingDirectory, string name, string? version)
    {
        using var proc = new FakeProc();
        proc.Add(7, executable, arguments.Split('|'), workingDirectory: workingDirectory);
        var process = proc.Catalog().Find(7);
        Assert.Equal((name, version), (process.Name, process.Attribute("service.version") as string));
    }

    [Theory]
    [InlineData("nginx.service", "nginx")]
    [InlineData("redis@6379.service", "redis")]
    [InlineData("shop\\x2dapi.service", "shop-api")]
    [InlineData("cron.service", "app")]
    [InlineData("docker.service", "app")]
    [InlineData("pm2-root.service", "app")]
    [InlineData("run-u42.service", "app")]
    [InlineData("run-r1f3c9.service", "app")]
    [InlineData("runner.service", "runner")]
    public void A_systemd_service_names_what_it_runs(string unit, string name)
    {
        using var proc = new FakeProc();
        proc.Add(7, "/usr/bin/python3.11", ["python3", "app.py"], cgroup: $"0::/system.slice/{unit}\n");
        Assert.Equal(name, proc.Catalog().Find(7).Name);
    }

    [Fact]
    public void What_the_process_says_wins()
    {
        using var proc = new FakeProc();
        const string Unit = "0::/system.slice/nginx.service\n";
        proc.Add(7, cgroup: Unit, environment: ["PATH=/bin", "OTEL_RESOURCE_ATTRIBUTES=service.name=attributes,service.namespace=shop,service.version=3", "OTEL_SERVICE_NAME=variable"]);
        proc.Add(8, cgroup: Unit, environment: ["OTEL_RESOURCE_ATTRIBUTES=service.name=attributes,host.name=mine", "OTEL_SERVICE_NAME="]);
        proc.Add(9, cgroup: Unit);
        var catalog = proc.Catalog();
        Assert.Equal(["variable", "attributes", "nginx"], new uint[] { 7, 8, 9 }.Select(pid => catalog.Find(pid).Name));
        Assert.Equal("shop", catalog.Find(7).Attribute("service.namespace"));
        Assert.Equal("3", catalog.Find(7).Attribute("service.version"));
        Assert.Equal("mine", catalog.Find(8).Attribute("host.name"));
    }

    [Theory]
    [InlineData("node|/srv/orders/dist/server.js", "/", "@acme/orders")]
    [InlineData("node|dist/server.js", "/srv/orders", "@acme/orders")]
    [InlineData("node|/srv/orders/node_modules/.bin/next|start", "/srv/orders", "@acme/orders")]
    [InlineData("node|/usr/lib/node_modules/tool/bin/tool.js", "/srv/orders", "tool")]
    [InlineData("node|/usr/bin/npm|start", "/srv/orders/dist", "@acme/orders")]
    [InlineData("npm run dev", "/srv/orders", "@acme/orders")]
    [InlineData("node|-e|1", "/srv/orders", "@acme/orders")]
    public void A_node_program_is_named_by_its_package(string arguments, string workingDirectory, string name)
    {
        using var proc = new FakeProc();
        proc.Add(7, "/usr/bin/node", arguments.Split('|'), workingDirectory: workingDirectory);
        proc.AddFile(7, "/srv/orders/package.json", """{"private":true,"scripts":{"name":"no"},"name":"@acme/orders","version":"1.4.0"}""");
        proc.AddFile(7, "/srv/orders/dist/package.json", """{"type":"module"}""");
        proc.AddFile(7, "/usr/lib/node_modules/tool/package.json", """{"name":"tool","version":"1.4.0"}""");
        var process = proc.Catalog().Find(7);
        Assert.Equal((name, (object?)"1.4.0"), (process.Name, process.Attribute("service.version")));
    }

    [Fact]
    public void A_kernel_thread_has_the_kernels_name_for_it()
    {
        using var proc = new FakeProc();
        proc.Add(7, executable: null, arguments: [], name: "kworker/0:1", flags: 0x00200000);
        Assert.Equal("kworker", proc.Catalog().Find(7).Name);
    }
}
