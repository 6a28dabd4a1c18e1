package sallyport.comply.change;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.comply.change.tls.ExceptionWeakening;
import sallyport.comply.change.tls.KeyStorage;
import sallyport.comply.change.tls.PolicyWeakening;
import sallyport.comply.change.tls.RevocationWeakening;
import sallyport.config.address.PeerUser;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Security;
import sallyport.config.backend.Leniency;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.UpstreamTlsConfig.WhenNotAsked;

/** Loosened settings of a backend. */
final class BackendWeakening {
  private BackendWeakening() {}

  static void find(Succession.Backends backends, List<String> lines) {
    BackendConfig before = backends.before();
    BackendConfig after = backends.after();
    WeakeningList findings = new WeakeningList(backends.subject(), lines);
    security(before.security(), after.security(), findings);
    DeclaredLimits.find("", before, after, findings);
    if (!before.pool().share() && after.pool().share()) {
      findings.changed("pool.share", "false", "true");
    }
    findings.with("lenient", words(before), words(after));
    if (before.proxyProtocol() != BackendConfig.ProxyProtocol.OFF
        && after.proxyProtocol() == BackendConfig.ProxyProtocol.OFF) {
      findings.changed("proxy-protocol", WeakeningList.word(before.proxyProtocol()), "off");
    }
  }

  private static void security(Security before, Security after, WeakeningList findings) {
    switch (before) {
      case Security.MutualTls(UpstreamTlsConfig old) -> {
        switch (after) {
          case Security.MutualTls(UpstreamTlsConfig next) -> tls(old, next, findings);
          case Security.PlainLocal plain -> findings.changed("security", "tls", "plain = local");
          case Security.PassThrough passes -> findings.changed("security", "tls", "pass-through");
        }
      }
      case Security.PlainLocal(PeerUser old) -> {
        switch (after) {
          case Security.MutualTls tls -> {}
          case Security.PlainLocal(PeerUser next) -> {
            if (!old.equals(next)) {
              findings.changed("peer-user", old, next);
            }
          }
          case Security.PassThrough passes ->
              findings.changed("security", "plain = local", "pass-through");
        }
      }
      case Security.PassThrough passes -> {
        switch (after) {
          case Security.MutualTls tls -> {}
          case Security.PlainLocal plain ->
              findings.changed("security", "pass-through", "plain = local");
          case Security.PassThrough still -> {}
        }
      }
    }
  }

  private static void tls(UpstreamTlsConfig old, UpstreamTlsConfig next, WeakeningList findings) {
    PolicyWeakening.find(old.policy(), next.policy(), findings);
    KeyStorage.find(List.of(old.certificate()), List.of(next.certificate()), findings);
    RevocationWeakening.find("tls.", old.trust(), next.trust(), findings);
    if (!Objects.equals(old.serverName(), next.serverName())) {
      // A server with the new name is trusted from now on, and was not.
      findings.changed("tls.server-name", name(old), name(next));
    }
    if (old.peer().names().isEmpty() && !next.peer().names().isEmpty()) {
      findings.changed("tls.verify-san", name(old), next.peer().names());
    }
    findings.wider("tls.verify-san", old.peer().names(), next.peer().names(), name(next));
    findings.wider("tls.pins", old.peer().pins(), next.peer().pins(), "any key");
    findings.looser(
        "tls.when-not-asked",
        old.whenNotAsked(),
        next.whenNotAsked(),
        List.of(WhenNotAsked.REFUSE, WhenNotAsked.WARN));
    ExceptionWeakening.find(old.exception(), next.exception(), findings);
  }

  private static Set<String> words(BackendConfig backend) {
    return backend.lenient().stream().map(Leniency::word).collect(Collectors.toSet());
  }

  private static String name(UpstreamTlsConfig tls) {
    return Objects.requireNonNullElse(tls.serverName(), "the endpoint's host");
  }
}
