package sallyport.tls.server;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.config.tls.ServerTlsConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.revocation.ocsp.Staple;
import sallyport.tls.clients.ClientRules;
import sallyport.tls.clients.ClientTrustManager;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.engine.NativeErrors;
import sallyport.tls.engine.RemoteSignatures;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.rotation.IssuedCertificates;
import sallyport.tls.rotation.Side;
import sallyport.tls.rotation.TlsOpener;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.tickets.TicketKeys;
import sallyport.tls.trust.BackendRules;
import sallyport.tls.trust.RejectAllTrustManager;
import sallyport.tls.trust.StrictTrustManager;
import sallyport.values.Sha256;

/** Opener of a listener's certificates, keys and trust. Any thread. */
record ServerOpener(
    TlsListenerConfig listener, TlsServices services, TicketKeys tickets, ClientRules rules)
    implements TlsOpener<ServerSnapshot> {

  @Override
  public Side side() {
    return Side.LISTENER;
  }

  @Override
  public String name() {
    return listener.name();
  }

  @Override
  public ConfigLocation location() {
    return listener.location();
  }

  @Override
  public @Nullable TrustConfig trust() {
    return listener.tls().clientAuth().trust();
  }

  @Override
  public List<Path> keyFiles() {
    return listener.tls().certificates().stream()
        .flatMap(certificate -> certificate.files().stream())
        .toList();
  }

  @Override
  public @Nullable ServerSnapshot open(
      KeyOpener keys, @Nullable ServerSnapshot inUse, List<String> problems) {
    ServerTlsConfig config = listener.tls();
    final int before = problems.size();
    List<KeyMaterial> materials = new ArrayList<>();
    Set<String> awaited = new TreeSet<>();
    Map<String, Staple> stapled = new HashMap<>();
    for (CertificateConfig certificate : config.certificates()) {
      if (certificate instanceof CertificateConfig.Acme acme
          && !IssuedCertificates.isThere(acme, services.clock())) {
        awaited.addAll(acme.names());
        continue;
      }
      KeyMaterial material = keys.open(certificate, Role.SERVER, problems);
      if (material != null) {
        materials.add(material);
        Staple staple =
            services
                .staples()
                .of(material, config.stapling(), certificate.chainLocation(), problems);
        if (staple != null) {
          stapled.put(material.info().fingerprint(), staple);
        }
      }
    }
    TrustConfig trustConfig = trust();
    StrictTrustManager trust =
        trustConfig == null
            ? null
            : services.openTrust(
                side(),
                name(),
                trustConfig,
                BackendRules.HOST_NAME,
                inUse == null ? null : inUse.trust(),
                problems);
    if (problems.size() > before) {
      return null;
    }
    if (inUse != null && inUse.holds(materials, awaited, trust)) {
      return inUse;
    }
    List<ServerCertificate> certificates = certificates(materials, stapled, trust, problems);
    return certificates == null
        ? null
        : new ServerSnapshot(
            List.copyOf(materials),
            trust,
            awaited,
            new CertificateSelector(materials, certificates, awaited));
  }

  /**
   * Builds a context for each certificate.
   *
   * @param stapled by the fingerprints of certificates
   * @return null where one cannot be built
   */
  private @Nullable List<ServerCertificate> certificates(
      List<KeyMaterial> materials,
      Map<String, Staple> stapled,
      @Nullable StrictTrustManager trust,
      List<String> problems) {
    List<ServerCertificate> certificates = new ArrayList<>();
    try {
      byte[] sessions = sessionIdContext(trust);
      for (KeyMaterial material : materials) {
        KeyUse use =
            new KeyUse(Role.SERVER.label(), material, services.metrics(), services.audit());
        Staple staple = stapled.get(material.info().fingerprint());
        SslContext context = context(material, use, trust, staple != null);
        certificates.add(
            new ServerCertificate(context, use, staple, ServerCertificate.weight(material)));
        tickets.applyTo(context, sessions, rules.mayResume());
      }
      return certificates;
    } catch (SSLException | RuntimeException e) {
      certificates.forEach(certificate -> ReferenceCountUtil.release(certificate.context()));
      problems.add(listener.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
  }

  /**
   * Returns the context of session ids. A session may be resumed only where it would have been
   * begun in the same way: at this listener, by the same demands on the client's certificate.
   * Otherwise one that was begun where no certificate is asked for could be resumed where one is
   * required.
   */
  private byte[] sessionIdContext(@Nullable StrictTrustManager trust) {
    StringBuilder text = new StringBuilder(listener.name());
    ClientAuthConfig clients = listener.tls().clientAuth();
    text.append(' ').append(clients.mode()).append(' ').append(clients.refusal());
    text.append(' ').append(clients.maxDepth());
    if (trust != null) {
      trust.authorities().atFirst().stream()
          .map(Certificates::fingerprint)
          .sorted()
          .forEach(print -> text.append(' ').append(print));
    }
    return Sha256.newDigest().digest(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private SslContext context(
      KeyMaterial material, KeyUse use, @Nullable StrictTrustManager trust, boolean stapled)
      throws SSLException {
    NativeErrors.clear();
    Signer signer = material.signer();
    SslContextBuilder builder =
        signer == null
            ? SslContextBuilder.forServer(material.key(), material.chainArray())
            : SslContextBuilder.forServer(RemoteSignatures.keyless(material))
                .option(
                    OpenSslContextOption.ASYNC_PRIVATE_KEY_METHOD,
                    new RemoteSignatures(signer, use));
    PolicyContext.under(TlsPolicy.of(listener.tls().policy()), builder)
        .enableOcsp(stapled)
        .applicationProtocolConfig(Alpn.of(Alpn.of(listener)))
        .clientAuth(
            switch (listener.tls().clientAuth().mode()) {
              case ClientAuthConfig.Mode.NONE -> ClientAuth.NONE;
              case ClientAuthConfig.Mode.OPTIONAL -> ClientAuth.OPTIONAL;
              case ClientAuthConfig.Mode.REQUIRED ->
                  rules.answers() ? ClientAuth.OPTIONAL : ClientAuth.REQUIRE;
            });
    return builder
        .trustManager(
            trust == null ? new RejectAllTrustManager() : new ClientTrustManager(trust, rules))
        .build();
  }
}
