package sallyport.connect.endpoint;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Cluster;
import sallyport.cluster.Target;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.Names;
import sallyport.net.names.Question;
import sallyport.values.AddressText;

/**
 * Feed of a cluster: it watches the names among the written endpoints, and tells the cluster the
 * address of each.
 *
 * <p>State belongs to the event loop of names; methods may be called on any thread.
 */
public final class EndpointFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointFeed.class);

  /** The addresses that {@code localhost} has on most machines. */
  private static final Set<InetAddress> LOOPBACK =
      Set.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

  private final Cluster cluster;
  private final Names names;
  private final EventExecutor loop;

  /** Those of the configuration, and of a file beside it. */
  private List<EndpointConfig> written = List.of();

  private final Map<Question, Consumer<List<Found>>> watchers = new HashMap<>();
  private final Map<Question, List<Found>> known = new HashMap<>();
  private boolean closed;

  /** Feeds nothing yet. */
  public EndpointFeed(Cluster cluster, Names names) {
    this.cluster = cluster;
    this.names = names;
    this.loop = names.loop();
  }

  /**
   * Begins to feed these endpoints.
   *
   * @param first those of the configuration, and of a file beside it
   * @return done when the names are watched; those of the hosts file have their addresses then
   */
  public Future<?> start(List<EndpointConfig> first) {
    return first.equals(cluster.config().endpoints())
            && first.stream().allMatch(each -> Addresses.fixed(each) != null)
        ? loop.newSucceededFuture(null)
        : loop.submit(() -> follow(first));
  }

  /** Feeds these endpoints from now on. */
  public void use(List<EndpointConfig> next) {
    loop.execute(() -> follow(next));
  }

  private void follow(List<EndpointConfig> next) {
    if (closed) {
      return;
    }
    written = next;
    Set<Question> asked = new HashSet<>();
    for (EndpointConfig endpoint : next) {
      if (Addresses.fixed(endpoint) == null) {
        asked.add(Addresses.question(endpoint));
      }
    }
    Set.copyOf(watchers.keySet()).stream()
        .filter(question -> !asked.contains(question))
        .forEach(this::unwatch);
    for (Question question : asked) {
      if (!watchers.containsKey(question)) {
        Consumer<List<Found>> watcher = found -> answered(question, found);
        watchers.put(question, watcher);
        names.watch(question, watcher);
      }
    }
    tell();
  }

  private void unwatch(Question question) {
    names.unwatch(question, Objects.requireNonNull(watchers.remove(question)));
    known.remove(question);
  }

  private void answered(Question question, List<Found> found) {
    known.put(question, found);
    LOG.info(
        "backend {}: {} has the addresses {}",
        cluster.config().name(),
        question.name(),
        found.stream()
            .map(
                each ->
                    each.port() == 0
                        ? each.address().getHostAddress()
                        : AddressText.of(new InetSocketAddress(each.address(), each.port())))
            .collect(Collectors.joining(", ")));
    tell();
  }

  private void tell() {
    List<Target> targets = new ArrayList<>();
    for (EndpointConfig endpoint : written) {
      List<Found> found =
          Addresses.fixed(endpoint) != null ? null : known.get(Addresses.question(endpoint));
      if (found == null || isThisMachine(found)) {
        targets.add(Target.of(endpoint));
      } else {
        int first = found.stream().mapToInt(Found::priority).min().orElse(0);
        found.forEach(each -> targets.add(target(endpoint, each, first)));
      }
    }
    cluster.use(targets);
  }

  /**
   * Returns the target for one address. Of a service, the hosts of the lowest priority serve, and
   * the others are backups (RFC 2782).
   */
  private static Target target(EndpointConfig endpoint, Found found, int firstPriority) {
    return new Target(
        endpoint,
        Addresses.address(endpoint, found),
        endpoint.weight() * Math.max(1, found.weight()),
        endpoint.backup() || found.priority() > firstPriority);
  }

  /**
   * Returns whether the addresses are both those of this machine. A process that listens at one of
   * them alone is common; as two endpoints, one would fail all the time. One endpoint tries both.
   */
  private static boolean isThisMachine(List<Found> found) {
    return found.stream().map(Found::address).collect(Collectors.toSet()).equals(LOOPBACK);
  }

  /** Feeds no more; endpoints stay as they are. */
  @Override
  public void close() {
    if (loop.isShuttingDown()) {
      return;
    }
    loop.execute(
        () -> {
          closed = true;
          Set.copyOf(watchers.keySet()).forEach(this::unwatch);
        });
  }
}
