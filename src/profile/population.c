#include <pingsieve/profile.h>

const double ps_profile_quantiles[PS_PROFILE_QUANTILES] = {0.01, 0.05, 0.25, 0.5,  0.75,
                                                           0.9,  0.95, 0.99, 0.999};

const char *ps_population_name(enum ps_population population) {
  static const char *const names[PS_POPULATIONS] = {[PS_ALL_COPIES] = "all copies",
                                                    [PS_FIRST_COPIES] = "first copies",
                                                    [PS_SEEN_ONCE] = "seen once"};
  return names[population];
}

const char *ps_look_name(enum ps_look look) {
  static const char *const names[PS_LOOKS] = {[PS_LOOK_COPIES] = "copies-of-few-documents",
                                              [PS_LOOK_SHARED] = "shared-profile",
                                              [PS_LOOK_CHATTY] = "chatty-client"};
  return names[look];
}
