# The policy of the demo (npm start) for a pool of OpenStack servers, each of them a Nomad client: keeps about 70 % of the CPU of
# all of them allocated to jobs. The nodes of the pool are those whose node_class is the same as here; its servers carry a tag
# with pool_name. Credentials stand in the agent's configuration, in the block target "os-nova".
# Edit it while the demo runs: it is in force within two seconds. In earnest, minutes are right where seconds stand here.
scaling "nom-pool" {
  enabled = true
  type    = "cluster"
  min     = 1
  max     = 2

  policy {
    evaluation_interval = "2s"
    cooldown            = "4s"

    check "cpu_allocated_percentage" {
      source = "nomad-apm"
      query  = "percentage-allocated_cpu"

      strategy "target-value" {
        target = 70
      }
    }

    target "os-nova" {
      dry-run                       = false
      evenly_split_azs              = true
      stop_first                    = true
      image_id                      = "e4eb6f7b-9dd7-4366-a9bf-6f9d15573368"
      flavor_name                   = "2C-2GB-20GB"
      pool_name                     = "nom-pool"
      name_prefix                   = "nom-"
      network_id                    = "9e7bd5ca-eba3-49b6-a522-9d2ea6cc52a5"
      security_groups               = "default"
      availability_zones            = "az1,az2"
      tags                          = "nom-pool,ubuntu-minimal"
      node_class                    = "nom-pool"
      node_drain_deadline           = "1h"
      node_drain_ignore_system_jobs = false
      node_purge                    = true
      node_selector_strategy        = "least_busy"
    }
  }
}
