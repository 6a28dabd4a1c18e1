package sallyport.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * State of a running gateway, for people and programs. It has names, addresses and fingerprints,
 * and no secrets. Immutable.
 *
 * @param readiness the first line of {@code /readyz}
 * @param started when the gateway began to serve
 * @param now when this state was taken
 * @param configuration the file, as it was named at the start
 * @param sha256 of the configuration in use, hex
 * @param reload the last reload; null for none since the start
 * @param refused files that cannot be used as they are now, so that what was read before stays
 */
public record GatewayStatus(
    String version,
    String readiness,
    Instant started,
    Instant now,
    String transport,
    int eventLoops,
    String configuration,
    String sha256,
    @Nullable Reload reload,
    List<Refusal> refused,
    List<Listener> listeners,
    List<Route> routes,
    List<Endpoint> endpoints,
    List<Certificate> certificates,
    List<Account> accounts) {

  /** Returns this state under another readiness. */
  GatewayStatus withReadiness(String word) {
    return new GatewayStatus(
        version,
        word,
        started,
        now,
        transport,
        eventLoops,
        configuration,
        sha256,
        reload,
        refused,
        listeners,
        routes,
        endpoints,
        certificates,
        accounts);
  }

  /**
   * Reload of the configuration.
   *
   * @param trigger {@code admin} or {@code signal}
   * @param outcome {@code applied}, {@code unchanged} or {@code refused}
   * @param lines for people
   */
  public record Reload(Instant at, String trigger, String outcome, List<String> lines) {}

  /**
   * Files that are refused.
   *
   * @param of what they hold, such as {@code endpoints file of backend app}
   * @param problems a line each
   */
  public record Refusal(String of, List<String> problems) {}

  /**
   * Listening socket.
   *
   * @param does its service, for people
   * @param policy of TLS; empty for a plain one
   * @param clientCertificates {@code NONE}, {@code OPTIONAL}, {@code REQUIRED}; empty for a plain
   *     one
   */
  public record Listener(
      String name, String address, String does, String policy, String clientCertificates) {}

  /**
   * Route, in the order of the file.
   *
   * @param limits its preset, its own limits and its timeouts, for people
   */
  public record Route(String name, String host, String path, String backend, String limits) {}

  /**
   * Endpoint of a backend.
   *
   * @param name {@code HOST:PORT}
   * @param address {@code ADDRESS:PORT} of a name; empty for an endpoint that is no name
   * @param state {@code up}, {@code ejected}, {@code unhealthy} or {@code drained}: the last of
   *     these that holds
   * @param detail the state for people
   * @param health how its checks stand, for people
   * @param weight in the choice of endpoints
   * @param backup whether it serves only while no other can
   * @param requests in progress
   * @param verifiedName the names that its certificate must have
   * @param policy of TLS
   */
  public record Endpoint(
      String backend,
      String name,
      String address,
      String state,
      String detail,
      String health,
      int weight,
      boolean backup,
      int requests,
      String verifiedName,
      String policy) {
    /** Returns the name, with its address, for people. */
    String described() {
      return address.isEmpty() ? name : name + " at " + address;
    }

    /** Returns the weight and the role for people. */
    String share() {
      return weight + (backup ? ", backup" : "");
    }
  }

  /**
   * Certificate that the gateway holds.
   *
   * @param owner such as {@code listeners.https}
   * @param use {@code server}, {@code client} or {@code trust}
   * @param sha256 its fingerprint, hex
   * @param daysLeft whole days; below 0 when it has expired
   */
  public record Certificate(
      String owner,
      String use,
      String subject,
      String names,
      String key,
      String sha256,
      Instant notAfter,
      long daysLeft) {}

  /**
   * ACME account whose store replicas may share.
   *
   * @param leader the replica that orders its certificates, {@code HOST/PROCESS}; empty where it is
   *     not known
   * @param leads whether this gateway is the one
   */
  public record Account(String name, String leader, boolean leads) {
    /** Returns the leader for people. */
    String described() {
      String who = leader.isEmpty() ? "not known" : leader;
      return leads ? who + ", this one" : who;
    }
  }
}
