package sallyport.config;

import sallyport.config.problem.InvalidConfiguration;

/** Source of the configuration, at the start and at each reload. */
@FunctionalInterface
public interface ConfigSource {
  /**
   * Reads it as it is now.
   *
   * @throws InvalidConfiguration with everything that is wrong, not only the first
   */
  GatewayConfig read() throws InvalidConfiguration;
}
