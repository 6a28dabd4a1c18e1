package sallyport.route;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import sallyport.jmh.Configured;

/** Finding the route of a request among a hundred hosts with three paths each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteMatchBenchmark {
  private static final int HOSTS = 50;

  private RouteTable table;

  /** Half of the hosts are exact, half wildcards, and one route takes the rest. */
  @Setup
  public void build() throws Exception {
    StringBuilder routes = new StringBuilder("{ backend = legacy }\n");
    for (int i = 0; i < HOSTS; i++) {
      for (String host : new String[] {"app" + i + ".example.org", "*.site" + i + ".example.org"}) {
        for (String path : new String[] {"/", "/api", "/api/v2/patients"}) {
          routes.append(
              "{ host = \"%s\", path = \"%s\", backend = legacy }%n".formatted(host, path));
        }
      }
    }
    try (Configured configured = Configured.withRoutes(routes.toString())) {
      table = new RouteTable(configured.config().routes());
    }
  }

  /** A host that is there, and its longest path. */
  @Benchmark
  public Object exact() {
    return table.match("app42.example.org", "/api/v2/patients/17/reports");
  }

  /** A host of two labels under a wildcard, and its shortest path. */
  @Benchmark
  public Object wildcard() {
    return table.match("a.b.site42.example.org", "/index.html");
  }

  /** A host that nobody named. */
  @Benchmark
  public Object fallback() {
    return table.match("www.elsewhere.test", "/index.html");
  }
}
