# A server's image with everything installed, made of an image of Debian or Ubuntu with cloud-init.

packer {
  required_plugins {
    openstack = {
      source  = "github.com/hashicorp/openstack"
      version = "1.1.2"
    }
  }
}

variable "name" {
  type        = string
  description = "The new image's name: it stands for its content."
}

variable "base" {
  type        = string
  description = "Id of the image that this one is made of."
}

variable "flavor" {
  type        = string
  description = "Flavor of the server in which it is made; its disk is the new image's smallest."
}

variable "network" {
  type        = string
  description = "Id of the network in which it is made; packages come by it."
}

variable "security_groups" {
  type        = list(string)
  default     = []
  description = "Security groups that let SSH from here in."
}

variable "external_network" {
  type        = string
  default     = ""
  description = "Network of a floating IP to reach it by; empty where its own address is reached from here."
}

variable "login_user" {
  type        = string
  default     = "debian"
  description = "The base image's own user, who may use sudo."
}

variable "cloud" {
  type        = string
  default     = ""
  description = "Name in clouds.yaml; empty for the variables OS_*."
}

variable "region" {
  type    = string
  default = ""
}

variable "endpoint_type" {
  type    = string
  default = "public"
}

variable "owner" {
  type        = string
  description = "Id of the state folder that makes it."
}

variable "builder" {
  type        = string
  description = "Name of the server in which it is made, and of the key pair to log in to it."
}

variable "bundle" {
  type        = string
  description = "Archive of the bundle that nodes configure themselves with."
}

variable "bundle_name" {
  type        = string
  description = "What nodes call that bundle."
}

variable "versions" {
  type        = string
  description = "Versions of what is installed, as JSON."
}

source "openstack" "server" {
  cloud         = var.cloud
  region        = var.region
  endpoint_type = var.endpoint_type

  image_name       = var.name
  image_visibility = "private"
  metadata = {
    "muster.image" = var.name
    "muster.state" = var.owner
  }

  source_image  = var.base
  flavor        = var.flavor
  instance_name = var.builder
  instance_metadata = {
    "muster.image" = var.name
    "muster.state" = var.owner
  }
  config_drive        = true
  networks            = [var.network]
  security_groups     = var.security_groups
  floating_ip_network = var.external_network
  # One that lies about may be another build's, which took it at the same moment.
  reuse_ips = false

  ssh_username              = var.login_user
  ssh_timeout               = "15m"
  ssh_clear_authorized_keys = true
  temporary_key_pair_name   = var.builder
  temporary_key_pair_type   = "ed25519"
}

build {
  sources = ["source.openstack.server"]

  # It may install packages itself.
  provisioner "shell" {
    inline = ["cloud-init status --wait >/dev/null || [ $? -eq 2 ]"]
  }

  provisioner "file" {
    source      = var.bundle
    destination = "/tmp/muster-bundle.tar.gz"
  }

  provisioner "shell" {
    execute_command  = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts          = ["${path.root}/install", "${path.root}/forget"]
    environment_vars = ["MUSTER_BUNDLE=${var.bundle_name}", "MUSTER_VERSIONS=${var.versions}"]
  }
}
