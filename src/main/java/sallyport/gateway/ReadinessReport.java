package sallyport.gateway;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sallyport.admin.Readiness;
import sallyport.cluster.Endpoint;
import sallyport.config.GatewayConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.certificate.KeysConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.Upstream;
import sallyport.logging.LogStatus;
import sallyport.tls.server.ServerTls;

/** Findings about a runtime that decide whether the gateway is ready. */
final class ReadinessReport {
  private ReadinessReport() {}

  /**
   * Returns what has yet to be issued, which tokens are away, and which lists have ended.
   *
   * @param keys knows the tokens
   */
  static Readiness.Awaited awaited(GatewayRuntime runtime, KeyOpener keys, Instant now) {
    Set<String> names = new TreeSet<>();
    boolean serving = true;
    for (ServerTls tls : runtime.servers()) {
      names.addAll(tls.awaited());
      serving &= tls.hasCertificate();
    }
    for (Upstream upstream : runtime.upstreams().values()) {
      upstream.tls().ifPresent(tls -> names.addAll(tls.awaited()));
    }
    GatewayConfig config = runtime.config();
    return new Readiness.Awaited(
        names,
        serving,
        keys.tokensAway(config.certificates()),
        config.keys().tokenAway() == KeysConfig.TokenAway.CONTINUE,
        endedLists(runtime, now),
        config.keys().crlEnded() == KeysConfig.CrlEnded.CONTINUE);
  }

  /** Returns the ended revocation lists of listeners and backends that refuse without them. */
  private static Set<String> endedLists(GatewayRuntime runtime, Instant now) {
    Set<String> lists = new TreeSet<>();
    for (ServerTls tls : runtime.servers()) {
      if (tls.refusesWithoutLists()) {
        tls.endedLists(now).forEach(list -> lists.add(tls.description() + ": " + list));
      }
    }
    for (Upstream upstream : runtime.upstreams().values()) {
      upstream
          .tls()
          .filter(tls -> tls.refusesWithoutLists())
          .ifPresent(
              tls ->
                  tls.endedLists(now).forEach(list -> lists.add(tls.description() + ": " + list)));
    }
    return lists;
  }

  /** Returns the backends without an endpoint in service. */
  static Readiness.BackendsDown backendsDown(GatewayRuntime runtime) {
    Set<String> down = new TreeSet<>();
    runtime
        .upstreams()
        .forEach(
            (name, upstream) -> {
              if (upstream.client().cluster().endpoints().stream().noneMatch(Endpoint::isUp)) {
                down.add(name);
              }
            });
    return new Readiness.BackendsDown(
        down, runtime.config().readiness().isReady(down.size(), runtime.upstreams().size()));
  }

  /** Returns which of these logs cannot be written now. */
  static Readiness.Unwritable unwritable(GatewayConfig config, Iterable<LogStatus> logs) {
    List<String> lines = new ArrayList<>();
    boolean ready = true;
    for (LogStatus log : logs) {
      if (log.isUnwritable()) {
        lines.add("%s, %d lines lost so far".formatted(log.log().tag(), log.lost()));
        ready &=
            switch (log.log()) {
              case ACCESS -> config.accessLog().unwritable() == UnwritableLog.CONTINUE;
              case AUDIT -> config.auditLog().unwritable() == UnwritableLog.CONTINUE;
              case SYSTEM -> true;
            };
      }
    }
    return new Readiness.Unwritable(lines, ready);
  }
}
