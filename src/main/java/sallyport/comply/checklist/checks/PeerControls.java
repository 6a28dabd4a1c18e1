package sallyport.comply.checklist.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.comply.checklist.control.Status;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PeerUser;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Security;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.UpstreamTlsConfig.WhenNotAsked;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.RevocationConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.credentials.certificates.HeldCertificate;

/** Controls of authentication: of backends and of clients. */
final class PeerControls {
  private static final String NOTHING = "no certificate";

  private PeerControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (BackendConfig backend : observed.config().backends().values()) {
      switch (backend.security()) {
        case Security.MutualTls(UpstreamTlsConfig tls) -> {
          backend(backend, tls, observed, findings);
          revocation("backends." + backend.name(), tls.trust(), observed, findings);
        }
        case Security.PlainLocal(PeerUser user) -> local(backend, user, findings);
        // The listener tells what is not verified here.
        case Security.PassThrough passes -> {}
      }
    }
    for (TlsListenerConfig listener : observed.tlsListeners()) {
      client(listener, observed, findings);
      ClientAuthConfig clients = listener.tls().clientAuth();
      if (clients.mode() != ClientAuthConfig.Mode.NONE && clients.trust() != null) {
        revocation(listener.path(), clients.trust(), observed, findings);
      }
    }
    findings.none(
        Control.BACKEND_MUTUAL_TLS, observed.at("backends"), "no backend is reached over TLS");
    findings.none(Control.CLIENT_AUTHENTICATION, observed.at("listeners"), "nothing speaks TLS");
    findings.none(Control.REVOCATION, observed.at("backends"), "no certificate is asked for");
  }

  private static void local(BackendConfig backend, PeerUser user, Findings findings) {
    Set<String> endpoints = new TreeSet<>();
    backend.endpoints().forEach(each -> endpoints.add(each.toString()));
    if (backend.endpointsFile() != null) {
      endpoints.add("each endpoint in " + backend.endpointsFile().file());
    }
    boolean loopback =
        backend.endpointsFile() != null
            || backend.endpoints().stream()
                .anyMatch(each -> !(each.address() instanceof LocalAddress.UnixSocket));
    findings.info(
        Control.PLAIN_LOCAL,
        backend.location(),
        String.join(", ", endpoints)
            + ": without TLS, and stays in this kernel: no octet crosses a network. At a Unix"
            + " socket listens "
            + user
            + ", as the kernel says at each connection"
            + (loopback
                ? "; a loopback address is open to every user of this machine, so prefer a Unix"
                    + " socket where others log in"
                : ""));
  }

  private static void backend(
      BackendConfig backend, UpstreamTlsConfig tls, CheckResult observed, Findings findings) {
    String owner = "backends." + backend.name();
    String shown =
        observed.held().stream()
            .filter(held -> held.owner().equals(owner) && held.use().equals("client"))
            .map(held -> held.info().subject())
            .findFirst()
            .orElse(NOTHING);
    boolean awaited = shown.equals(NOTHING) && tls.certificate() instanceof CertificateConfig.Acme;
    boolean refuses = tls.whenNotAsked() == WhenNotAsked.REFUSE;
    Status good = refuses ? Status.PASS : Status.WARN;
    findings.add(
        Control.BACKEND_MUTUAL_TLS,
        awaited ? Status.WARN : shown.equals(NOTHING) ? Status.FAIL : good,
        backend.location(),
        "configured to show "
            + (awaited ? "a certificate that has yet to be issued" : shown)
            + ", and to "
            + (refuses
                ? "refuse a backend that does not ask for it"
                : "use a backend that does not ask for it (tls.when-not-asked = warn), so that TLS to"
                    + " it may not be mutual")
            + "; to verify "
            + String.join(", ", names(backend, tls))
            + " and the chain up to "
            + anchors(owner, tls.trust(), observed)
            + pins(tls)
            + ". No backend was connected to: gateway_upstream_handshakes_total says which of them"
            + " asked for the certificate, and only they know whether they verify it");
  }

  private static Set<String> names(BackendConfig backend, UpstreamTlsConfig tls) {
    Set<String> exact = tls.peer().names();
    if (!exact.isEmpty()) {
      return new TreeSet<>(exact);
    }
    Set<String> names = new TreeSet<>();
    for (BackendConfig.EndpointConfig endpoint : backend.endpoints()) {
      names.add("the name " + Objects.requireNonNullElse(tls.serverName(), endpoint.provenName()));
    }
    if (backend.endpointsFile() != null) {
      names.add(
          tls.serverName() == null
              ? "the name of each endpoint in " + backend.endpointsFile().file()
              : "the name " + tls.serverName());
    }
    return names;
  }

  private static String pins(UpstreamTlsConfig tls) {
    int pins = tls.peer().pins().size();
    return pins == 0 ? "" : ", with one of " + pins + " pinned keys in it";
  }

  private static String anchors(String owner, TrustConfig trust, CheckResult observed) {
    List<String> names = new ArrayList<>();
    for (HeldCertificate held : observed.held()) {
      if (held.owner().equals(owner) && held.use().equals("trust")) {
        names.add(held.info().subject());
      }
    }
    return String.join("; ", names) + " (" + trust.file() + ")";
  }

  private static void client(TlsListenerConfig listener, CheckResult observed, Findings findings) {
    ClientAuthConfig clients = listener.tls().clientAuth();
    TrustConfig trust = clients.trust();
    String mode = "client-auth.mode is " + clients.mode().name().toLowerCase(Locale.ROOT);
    if (clients.mode() == ClientAuthConfig.Mode.NONE || trust == null) {
      findings.info(
          Control.CLIENT_AUTHENTICATION,
          listener.location(),
          mode + ": who clients are is for backends to find out, and for you to attest");
      return;
    }
    String who = clients.allow().isEmpty() ? "" : ", of those " + clients.allow().size() + " names";
    String text = mode + ", by " + anchors(listener.path(), trust, observed) + who;
    switch (clients.mode()) {
      case REQUIRED -> findings.pass(Control.CLIENT_AUTHENTICATION, listener.location(), text);
      case OPTIONAL, NONE ->
          findings.info(
              Control.CLIENT_AUTHENTICATION,
              listener.location(),
              text + "; routes may still demand it (client-auth = required)");
    }
  }

  private static void revocation(
      String owner, TrustConfig trust, CheckResult observed, Findings findings) {
    RevocationConfig revocation = trust.revocation();
    boolean lists = !revocation.crls().isEmpty();
    boolean asks = revocation.ocsp() != RevocationConfig.Ocsp.OFF;
    String text =
        (lists
                ? revocation.crls().size()
                    + " files of lists ("
                    + revocation.mode().name().toLowerCase(Locale.ROOT)
                    + ")"
                : "no lists")
            + ", ocsp "
            + revocation.ocsp().name().toLowerCase(Locale.ROOT);
    List<String> ended = observed.endedLists().getOrDefault(owner, List.of());
    if (!ended.isEmpty()) {
      boolean hard = revocation.mode() == RevocationConfig.Mode.HARD;
      findings.add(
          Control.REVOCATION,
          hard ? Status.FAIL : Status.WARN,
          trust.location(),
          text
              + ": "
              + String.join("; ", ended)
              + (hard ? ": peers of its issuer are refused" : ": peers of its issuer pass"));
    } else if (!lists && !asks) {
      findings.unmet(
          Control.REVOCATION,
          trust.location(),
          text + ": a certificate of '" + trust.file() + "' that was revoked is believed");
    } else if ((lists && revocation.mode() == RevocationConfig.Mode.HARD)
        || revocation.ocsp() == RevocationConfig.Ocsp.HARD) {
      findings.pass(Control.REVOCATION, trust.location(), text);
    } else {
      findings.warn(
          Control.REVOCATION, trust.location(), text + ": who is not known to be good passes");
    }
  }
}
