package sallyport.gateway.reload;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.Control;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.endpoint.Addresses;

/**
 * Orders of operators to drain endpoints: all of a name, or those at one address. A drain stays
 * until an operator ends it, until the endpoint has left, or until a configuration no longer has
 * it. The clusters hold the drains; another cluster for the same backend gets them too.
 *
 * <p>One thread at a time.
 */
final class EndpointDrains {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointDrains.class);

  private EndpointDrains() {}

  /**
   * Endpoint by its names.
   *
   * @param endpoint as it is written, or the address of one that is written as a name
   */
  record Name(String backend, String endpoint) {
    @Override
    public String toString() {
      return backend + "/" + endpoint;
    }
  }

  /**
   * Drains an endpoint.
   *
   * @param clusters by the names of their backends
   * @param written {@code BACKEND/HOST:PORT}, or {@code HOST:PORT} where one backend alone has it;
   *     an address of a name in place of the name for that address alone
   * @param force whether the last endpoint of its backend may be taken
   * @param operator for the log
   */
  static Control.Answer drain(
      Map<String, Cluster> clusters, String written, boolean force, String operator) {
    List<Name> found = find(clusters, written);
    if (found.size() != 1) {
      return notOne(clusters, written, found);
    }
    Name name = found.getFirst();
    Cluster cluster = cluster(clusters, name);
    List<Endpoint> meant = endpoints(cluster, name);
    if (!force && cluster.endpoints().stream().noneMatch(e -> !meant.contains(e) && e.isUp())) {
      return new Control.Answer(
          Control.Outcome.REFUSED,
          List.of(
              name
                  + ": is not drained: no other endpoint of the backend is in service; its requests"
                  + " would get 503. With force it is drained all the same"));
    }
    if (drainedByName(cluster, meant, name) != null || !cluster.drain(name.endpoint())) {
      return done(name + ": is drained already");
    }
    int requests = meant.stream().mapToInt(Endpoint::requests).sum();
    LOG.info(
        "backend {}: endpoint {} is drained, by {}", name.backend(), name.endpoint(), operator);
    return done(name + ": drained; requests in progress: " + requests);
  }

  /**
   * Ends the drain of an endpoint. That of a name ends those of its addresses.
   *
   * @param clusters by the names of their backends
   * @param written as for {@link #drain}; null for all drained endpoints
   * @param operator for the log
   */
  static Control.Answer undrain(
      Map<String, Cluster> clusters, @Nullable String written, String operator) {
    if (written == null) {
      return undrainAll(clusters, operator);
    }
    List<Name> found = find(clusters, written);
    if (found.size() != 1) {
      return notOne(clusters, written, found);
    }
    Name name = found.getFirst();
    Cluster cluster = cluster(clusters, name);
    boolean ended = cluster.undrain(name.endpoint());
    String whole = drainedByName(cluster, endpoints(cluster, name), name);
    if (whole != null) {
      return new Control.Answer(
          Control.Outcome.REFUSED,
          List.of(name + ": is drained with " + whole + ", all of which undrain puts back"));
    }
    return done(ended ? putBack(name, operator) : name + ": is not drained");
  }

  private static Control.Answer undrainAll(Map<String, Cluster> clusters, String operator) {
    List<String> lines = new ArrayList<>();
    clusters.forEach(
        (backend, cluster) -> {
          List<String> drained = cluster.drained();
          drained.forEach(cluster::undrain);
          drained.forEach(each -> lines.add(putBack(new Name(backend, each), operator)));
        });
    return new Control.Answer(
        Control.Outcome.DONE, lines.isEmpty() ? List.of("no endpoint is drained") : lines);
  }

  private static String putBack(Name name, String operator) {
    LOG.info(
        "backend {}: endpoint {} is no longer drained, by {}",
        name.backend(),
        name.endpoint(),
        operator);
    return name + ": takes requests again";
  }

  /** Returns the drained name that an address belongs to; null for none, and for a name. */
  private static @Nullable String drainedByName(
      Cluster cluster, List<Endpoint> meant, Name address) {
    List<String> drained = cluster.drained();
    return meant.stream()
        .map(Endpoint::name)
        .filter(each -> !each.equals(address.endpoint()) && drained.contains(each))
        .findFirst()
        .orElse(null);
  }

  /**
   * Applies the drains of clusters to those of another configuration, before they get requests, and
   * leaves out those of endpoints that it does not have.
   *
   * @param before by the names of their backends
   * @param after the same
   */
  static void carryOver(Map<String, Cluster> before, Map<String, Cluster> after) {
    before.forEach(
        (backend, old) -> {
          Cluster next = after.get(backend);
          if (old.equals(next)) {
            return;
          }
          for (String each : old.drained()) {
            Name name = new Name(backend, each);
            if (next != null && (!endpoints(next, name).isEmpty() || mayJoin(old, next, name))) {
              next.drain(each);
            } else {
              LOG.info(
                  "backend {}: endpoint {} was drained and is no longer configured", backend, each);
            }
          }
        });
  }

  /** Returns whether it is an address, and the addresses of a name are not known yet. */
  private static boolean mayJoin(Cluster old, Cluster next, Name drained) {
    return endpoints(old, drained).stream().noneMatch(e -> e.name().equals(drained.endpoint()))
        && next.endpoints().stream()
            .anyMatch(e -> e.address().isEmpty() && Addresses.fixed(e.written()) == null);
  }

  private static Cluster cluster(Map<String, Cluster> clusters, Name name) {
    return Objects.requireNonNull(clusters.get(name.backend()));
  }

  private static List<Endpoint> endpoints(Cluster cluster, Name name) {
    return cluster.endpoints().stream()
        .filter(e -> e.name().equals(name.endpoint()) || e.address().equals(name.endpoint()))
        .toList();
  }

  private static List<Name> find(Map<String, Cluster> clusters, String written) {
    return all(clusters).stream()
        .filter(name -> written.equals(name.toString()) || written.equals(name.endpoint()))
        .toList();
  }

  /** Returns all names and, after each, its addresses. */
  private static Set<Name> all(Map<String, Cluster> clusters) {
    Set<Name> names = new LinkedHashSet<>();
    clusters.forEach(
        (backend, cluster) -> {
          for (Endpoint each : cluster.endpoints()) {
            names.add(new Name(backend, each.name()));
            if (!each.address().isEmpty()) {
              names.add(new Name(backend, each.address()));
            }
          }
          cluster.drained().forEach(each -> names.add(new Name(backend, each)));
        });
    return names;
  }

  private static Control.Answer notOne(
      Map<String, Cluster> clusters, String written, List<Name> found) {
    boolean unknown = found.isEmpty();
    List<String> lines = new ArrayList<>();
    lines.add(
        unknown
            ? "there is no endpoint '" + written + "'; there are:"
            : "'" + written + "' is an endpoint of several backends; name one of:");
    (unknown ? all(clusters) : found).forEach(name -> lines.add("  " + name));
    return new Control.Answer(unknown ? Control.Outcome.UNKNOWN : Control.Outcome.REFUSED, lines);
  }

  private static Control.Answer done(String line) {
    return new Control.Answer(Control.Outcome.DONE, List.of(line));
  }
}
