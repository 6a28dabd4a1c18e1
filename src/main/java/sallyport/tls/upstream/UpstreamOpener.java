package sallyport.tls.upstream;

import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.pkcs11.Signer;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.engine.NativeErrors;
import sallyport.tls.engine.RemoteSignatures;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.BackendOffer;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.rotation.IssuedCertificates;
import sallyport.tls.rotation.Side;
import sallyport.tls.rotation.TlsOpener;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.trust.BackendRules;
import sallyport.tls.trust.StrictTrustManager;

/** Opener of the certificate, key and trust for a backend. Any thread. */
record UpstreamOpener(BackendConfig backend, UpstreamTlsConfig tls, TlsServices services)
    implements TlsOpener<UpstreamSnapshot> {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamOpener.class);

  @Override
  public Side side() {
    return Side.BACKEND;
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public ConfigLocation location() {
    return backend.location();
  }

  @Override
  public TrustConfig trust() {
    return tls.trust();
  }

  @Override
  public List<Path> keyFiles() {
    return List.copyOf(tls.certificate().files());
  }

  @Override
  public @Nullable UpstreamSnapshot open(
      KeyOpener keys, @Nullable UpstreamSnapshot inUse, List<String> problems) {
    UpstreamTlsConfig config = tls;
    boolean issued = IssuedCertificates.isThere(config.certificate(), services.clock());
    KeyMaterial material = issued ? keys.open(config.certificate(), Role.CLIENT, problems) : null;
    StrictTrustManager trust =
        services.openTrust(
            side(),
            name(),
            config.trust(),
            BackendRules.of(config.peer(), config.exception()),
            inUse == null ? null : inUse.trust(),
            problems);
    if (trust == null || (issued && material == null)) {
      return null;
    }
    if (inUse != null && inUse.holds(material, trust)) {
      return inUse;
    }
    if (inUse == null && config.peer().pins().size() == 1) {
      LOG.warn(
          config
              .peer()
              .pinsLocation()
              .problem("only one pin: when its key is lost, so is the backend; pin a spare key"));
    }
    if (material == null) {
      return new UpstreamSnapshot(/* identity= */ null, trust);
    }
    KeyUse use = new KeyUse(Role.CLIENT.label(), material, services.metrics(), services.audit());
    SslContext http1 = null;
    try {
      http1 = context(material, use, trust, null);
      SslContext context =
          switch (backend.protocol()) {
            case HTTP1, TCP, POSTGRES -> http1;
            case PASS_THROUGH -> throw new IllegalStateException("the gateway has no TLS to it");
            case HTTP2 -> context(material, use, trust, Alpn.HTTP2);
            // HTTP/2 forbids what such an exception adds (RFC 9113 section 9.2).
            case AUTO -> offer().isWidened() ? http1 : context(material, use, trust, Alpn.EITHER);
          };
      return new UpstreamSnapshot(
          new UpstreamSnapshot.Identity(material, use, context, http1), trust);
    } catch (SSLException | RuntimeException e) {
      ReferenceCountUtil.release(http1);
      problems.add(backend.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
  }

  /** Returns what is offered to the backend. */
  BackendOffer offer() {
    return BackendOffer.of(TlsPolicy.of(tls.policy()), tls.exception());
  }

  private SslContext context(
      KeyMaterial material, KeyUse use, StrictTrustManager trust, @Nullable List<String> protocols)
      throws SSLException {
    NativeErrors.clear();
    SslContextBuilder builder =
        offer()
            .restrict(SslContextBuilder.forClient())
            .trustManager(trust)
            .endpointIdentificationAlgorithm(trust.verifiesHostName() ? "HTTPS" : null);
    builder.keyManager(ConfiguredKeyManager.factory(material));
    Signer signer = material.signer();
    if (signer != null) {
      builder.option(
          OpenSslContextOption.ASYNC_PRIVATE_KEY_METHOD, new RemoteSignatures(signer, use));
    }
    if (protocols != null) {
      builder.applicationProtocolConfig(Alpn.of(protocols));
    }
    return builder.build();
  }
}
